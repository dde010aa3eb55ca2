import { healthRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Fewer connections cost nobody anything. */
const LEAST = 20;
/** Of the time that sessions were connected. */
const BUSY = 0.1;
/** Connected time in milliseconds, of which there must be some before its parts mean anything. */
const DAY = 24 * 60 * 60 * 1000;

export default healthRule({
  id: "health/connections-mostly-idle",
  severity: "info",

  *check({ sessions, counters }) {
    if (!sessions || !counters || sessions.used < LEAST) return;
    const { connectedMs, busyMs, heldMs, since } = counters;
    const share = (busyMs + heldMs) / connectedMs;
    if (!(connectedMs >= DAY) || share >= BUSY) return;
    const needed = Math.max(1, Math.ceil(sessions.used * share));
    const percent = (100 * share).toFixed(1);
    yield {
      message: `Sessions of this database were in a statement or a transaction for ${percent} % of the time that they were connected${since === undefined ? "" : ` since ${since.slice(0, 10)}`}: on average ${count(needed)} of the ${count(sessions.used)} connections of the server would do, if its other databases are like it. An average has no peaks in it: count sessions that are not idle at the busiest hour before a pool is sized.`,
      evidence: { source: "pg_stat_database", connectedMs, busyMs, heldMs, used: sessions.used, needed },
    };
  },
});
