import { indexName } from "../../sql/index-name.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { isIndexed } from "../foreign-key-index.ts";
import { schemaRule } from "../rule.ts";

/** A table this small is read in one go, with or without an index. */
const SMALL = 1_000;

export default schemaRule({
  id: "schema/foreign-key-unindexed",
  severity: "warning",

  *check({ foreignKeys }) {
    const reported = new Set<string>();
    for (const key of foreignKeys) {
      const { table, references, constraint, name } = key;
      // Two keys on the same columns are served by one index.
      const place = `${table.oid} ${[...constraint.columns].sort()}`;
      if (isIndexed(table, constraint.columns) || reported.has(place)) continue;
      reported.add(place);

      const { rows } = table;
      const index = indexName({ table: table.name, keys: constraint.columns, taken: table.indexes.map((other) => other.name) });
      const [on, parent] = [nameOf(table.schema, table.name), nameOf(references.schema, references.name)];
      yield {
        message: `Deleting from ${parent} scans all of ${on}${rows === undefined ? "" : ` (about ${rows.toLocaleString("en-US")} rows)`} for each row, because ${nameOf(undefined, name)} has no index, and neither have joins between the two.`,
        object: `${on}.${nameOf(undefined, name)}`,
        ...(rows !== undefined && { evidence: { rows, parentDeletes: references.usage.deletes } }),
        ...(rows !== undefined && rows < SMALL && { severity: "info" as const }),
        // A partitioned table takes no CONCURRENTLY: each partition is indexed by itself.
        ...(table.kind === "table" && {
          fix: sql`create index concurrently ${index} on ${on} (${constraint.columns});`,
          undo: sql`drop index concurrently ${nameOf(table.schema, index)};`,
        }),
      };
    }
  },
});
