import { healthRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Seconds since the transaction began: no application thinks that long between two statements. */
const LONG = 300;

export default healthRule({
  id: "health/idle-in-transaction",
  severity: "warning",

  *check({ transactions }) {
    for (const { pid, age, state, application } of transactions) {
      if (pid === undefined || age === undefined || age < LONG || !state?.startsWith("idle in transaction")) continue;
      const who = application ? `Session ${pid} (${application})` : `Session ${pid}`;
      yield {
        message: `${who} is idle in a transaction that began ${count(age / 60)} minutes ago: it keeps its locks, and may keep VACUUM from removing what died since.`,
        object: `${pid}`,
        evidence: { source: "pg_stat_activity", seconds: Math.round(age) },
      };
    }
  },
});
