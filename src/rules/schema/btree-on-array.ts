import { indexName } from "../../sql/index-name.ts";
import { nameOf, raw, sql, unquote } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/btree-on-array",
  severity: "warning",

  *check({ tables }) {
    for (const table of tables) {
      const taken = table.indexes.map(({ name }) => name);
      for (const index of table.indexes) {
        const [key = ""] = index.keys;
        const column = table.columns.find(({ name }) => name === unquote(key));
        if (index.method !== "btree" || index.unique || index.parent !== undefined || !column?.type.endsWith("[]")) continue;
        const [name, own] = [nameOf(table.schema, table.name), nameOf(index.schema, index.name)];
        const gin = indexName({ table: table.name, keys: [`${key}_gin`], taken });
        yield {
          message: `${own} is a B-tree on the array ${name}.${key}, which can only compare whole arrays, never find an element.`,
          object: `${name}.${nameOf(undefined, index.name)}`,
          evidence: { bytes: index.bytes },
          ...(table.kind === "table" && {
            fix: `${sql`create index concurrently ${gin} on ${name} using gin (${column.name});`}\n${sql`drop index concurrently ${own};`}`,
            undo: `${sql`${raw(index.definition.replace(/ INDEX /, " INDEX CONCURRENTLY "))};`}\n${sql`drop index concurrently ${nameOf(table.schema, gin)};`}`,
          }),
        };
      }
    }
  },
});
