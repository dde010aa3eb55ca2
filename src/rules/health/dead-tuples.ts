import { nameOf, sql } from "../../sql/quote.ts";
import { healthRule } from "../rule.ts";
import { count } from "../wording.ts";

/** The default of `autovacuum_vacuum_scale_factor`: more than that nobody wanted to live with. */
const SHARE = 0.2;

export default healthRule({
  id: "health/dead-tuples",
  severity: "warning",

  *check({ deadRows }) {
    for (const { schema, name, live, dead, automatic } of deadRows) {
      if (automatic || dead < SHARE * (live + dead)) continue;
      const table = nameOf(schema, name);
      yield {
        message: `${count(dead)} of the ${count(live + dead)} rows of ${table} are dead, and autovacuum is off for it: they are read by every scan and their space is not used again.`,
        object: `${table}`,
        evidence: { source: "pg_stat_all_tables", dead, live },
        fix: sql`vacuum (analyze) ${table};`,
      };
    }
  },
});
