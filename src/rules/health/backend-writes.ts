import { healthRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Of fewer writes, one bulk load is most. */
const LEAST = 100_000;
const SHARE = 0.5;

export default healthRule({
  id: "health/backend-writes",
  severity: "info",
  postgres: { from: 16 },

  *check({ counters }) {
    const { clientWrites = 0, allWrites = 0 } = counters ?? {};
    if (allWrites < LEAST || clientWrites < SHARE * allWrites) return;
    yield {
      message: `${count(clientWrites)} of ${count(allWrites)} writes out of shared buffers were done by client sessions in the middle of a statement, because the buffer that they needed held a change that nobody had written yet.`,
      evidence: { source: "pg_stat_io", clientWrites, allWrites },
    };
  },
});
