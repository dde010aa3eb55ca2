import { nameOf, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Rows changed: as a share of all, twice what makes autovacuum analyse (`autovacuum_analyze_scale_factor`), and at least so many. */
const [SHARE, MANY] = [0.2, 1_000];

export default schemaRule({
  id: "schema/stats-stale",
  severity: "warning",

  *check({ tables }) {
    for (const { schema, name: bare, kind, rows, analyzed, usage } of tables) {
      const { changedRows } = usage;
      if (kind !== "table" || rows === undefined || changedRows < Math.max(MANY, SHARE * rows)) continue;
      const name = nameOf(schema, bare);
      const since = analyzed === undefined ? "since the last ANALYZE" : `since it was analysed on ${analyzed.slice(0, 10)}`;
      yield {
        message: `${count(changedRows)} rows of ${name} (now about ${count(rows)}) were written or deleted ${since}: the planner plans for what was there before.`,
        object: `${name}`,
        evidence: { changedRows, rows, ...(analyzed !== undefined && { analyzed }) },
        fix: sql`analyze ${name};`,
      };
    }
  },
});
