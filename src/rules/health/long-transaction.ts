import { healthRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Seconds: autovacuum has come to a busy table many times by then. */
const LONG = 3600;

export default healthRule({
  id: "health/long-transaction",
  severity: "warning",

  *check({ transactions }) {
    for (const { pid, age, state, kind, hasSnapshot } of transactions) {
      if (pid === undefined || age === undefined || age < LONG || state !== "active" || kind !== "client backend" || !hasSnapshot) continue;
      yield {
        message: `The transaction of session ${pid} has run for ${count(age / 60)} minutes: VACUUM removes nothing that died since it began.`,
        object: `${pid}`,
        evidence: { source: "pg_stat_activity", seconds: Math.round(age) },
      };
    }
  },
});
