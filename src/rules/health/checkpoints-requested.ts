import { literal, raw, sql } from "../../sql/quote.ts";
import { healthRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Of fewer checkpoints, one bulk load is most. */
const LEAST = 20;
const SHARE = 0.5;

export default healthRule({
  id: "health/checkpoints-requested",
  severity: "info",

  *check({ counters, settings, replica }) {
    // `pg_settings` counts it in megabytes.
    const megabytes = Number(settings.get("max_wal_size"));
    if (!counters || replica || !Number.isFinite(megabytes)) return;
    const { checkpointsTimed, checkpointsRequested } = counters;
    const all = checkpointsTimed + checkpointsRequested;
    if (all < LEAST || checkpointsRequested < SHARE * all) return;
    yield {
      message: `${count(checkpointsRequested)} of ${count(all)} checkpoints came before their time, because the WAL reached max_wal_size (${count(megabytes)} MB) or somebody asked: after each, every changed page goes to the WAL whole.`,
      evidence: { source: "checkpoint counters", requested: checkpointsRequested, timed: checkpointsTimed, max_wal_size_mb: megabytes },
      fix: sql`alter system set max_wal_size = ${raw(literal(`${2 * megabytes}MB`))};\nselect pg_reload_conf();`,
      undo: sql`alter system reset max_wal_size;\nselect pg_reload_conf();`,
    };
  },
});
