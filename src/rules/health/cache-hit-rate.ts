import { healthRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Blocks: of fewer, the start of the server is most of it. */
const LEAST = 1_000_000;
const RATE = 0.9;

export default healthRule({
  id: "health/cache-hit-rate",
  severity: "info",

  *check({ counters }) {
    if (!counters) return;
    const { hits, reads } = counters;
    if (hits + reads < LEAST || hits >= RATE * (hits + reads)) return;
    const rate = Math.floor((100 * hits) / (hits + reads));
    yield {
      message: `${rate} % of ${count(hits + reads)} block reads were found in shared buffers; of the others it is not known whether the system had them in memory.`,
      evidence: { source: "pg_stat_database", hits, reads },
    };
  },
});
