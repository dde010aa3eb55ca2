import type { Index } from "../../catalog/indexes.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/invalid-index",
  severity: "error",

  *check({ tables }) {
    for (const table of tables) {
      // The index of a partitioned table is invalid until every partition has its part: that is a plan, not a failure.
      if (table.kind === "partitioned table") continue;
      for (const index of table.indexes) {
        if (index.valid) continue;
        const name = nameOf(index.schema, index.name);
        yield {
          message: `${name} on ${nameOf(table.schema, table.name)} is invalid: no query may use it, while writes go on paying for it.`,
          object: `${nameOf(table.schema, table.name)}.${nameOf(undefined, index.name)}`,
          evidence: { bytes: index.bytes },
          fix: isLeftover(index) ? sql`drop index concurrently ${name};` : sql`reindex index concurrently ${name};`,
        };
      }
    }
  },
});

/** What a REINDEX CONCURRENTLY that failed leaves beside the index it was to replace (https://www.postgresql.org/docs/current/sql-reindex.html). */
const isLeftover = ({ name }: Index) => /_cc(new|old)\d*$/.test(name);
