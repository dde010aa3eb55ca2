import { foreignKeysMadeBy } from "../../sql/foreign-keys.ts";
import { indexName } from "../../sql/index-name.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { isIndexed } from "../foreign-key-index.ts";
import { leftTable } from "../left.ts";
import { migrationRule } from "../rule.ts";
import { sizedTable } from "../touched.ts";

export default migrationRule({
  id: "migration/foreign-key-unindexed",
  severity: "warning",

  *check(step) {
    if (step.refused) return;
    const told = new Set<string>();
    for (const { table, columns, parent, span } of foreignKeysMadeBy(step.statement)) {
      const left = leftTable(step, table);
      const isThere = left?.constraints.some(({ kind, columns: own }) => kind === "foreign key" && own.join() === columns.join());
      const place = [...columns].sort().join();
      if (!left || !isThere || isIndexed(left, columns) || told.has(place)) continue;
      told.add(place);

      const { name, known } = sizedTable(step, table);
      const index = indexName({ table: left.name, keys: columns, taken: left.indexes.map((other) => other.name) });
      yield {
        message: `Deleting from ${parent} scans all of ${name} for each row, because no index starts with ${columns.join(", ")}, and joins between the two have none either.`,
        span,
        object: `${table}.${columns.join(", ")}`,
        ...known,
        ...(known.severity === "error" && { severity: "warning" as const }),
        ...(left.kind === "table" && { fix: sql`create index concurrently ${index} on ${nameOf(table.schema, table.name)} (${columns});` }),
      };
    }
  },
});
