import { nameOf, sql } from "../../sql/quote.ts";
import { healthRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Dead rows for those at which autovacuum comes: it looks once a minute, so just beyond it is no delay. */
const BEHIND = 2;

export default healthRule({
  id: "health/autovacuum-falling-behind",
  severity: "warning",

  *check({ deadRows }) {
    for (const { schema, name, live, dead, threshold, automatic, vacuumed } of deadRows) {
      if (!automatic || dead < BEHIND * threshold) continue;
      const table = nameOf(schema, name);
      const since = vacuumed === undefined ? "and was never vacuumed since its counters began" : `and was last vacuumed ${vacuumed}`;
      yield {
        message: `${table} has ${count(dead)} dead rows beside ${count(live)} live ones, where autovacuum should have come at ${count(threshold)}, ${since}: every scan reads them too.`,
        object: `${table}`,
        evidence: { source: "pg_stat_all_tables", dead, live, threshold: Math.round(threshold) },
        fix: sql`vacuum (analyze) ${table};`,
      };
    }
  },
});
