import { indexName } from "../../sql/index-name.ts";
import { nameOf, raw, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/index-unnecessary-where",
  severity: "info",

  *check({ tables }) {
    for (const table of tables) {
      for (const index of table.indexes) {
        const column = table.columns.find(({ name, notNull }) => notNull && index.where === sql`${name} IS NOT NULL`);
        if (!column || index.parent !== undefined) continue;
        const [on, own] = [nameOf(table.schema, table.name), nameOf(index.schema, index.name)];
        const name = indexName({ table: table.name, keys: index.keys, taken: table.indexes.map((other) => other.name) });
        const whole = index.definition
          .replace(/ INDEX .*? ON /, ` INDEX CONCURRENTLY ${nameOf(undefined, name)} ON `)
          .replace(/ WHERE .*$/, "");
        yield {
          message: `${nameOf(undefined, index.name)} on ${on} leaves out rows where ${nameOf(undefined, column.name)} is NULL, which there are none of: it holds every row, and ${index.unique ? "ON CONFLICT and foreign keys cannot use it as it is" : "no sort of all of them uses it"}.`,
          object: `${on}.${nameOf(undefined, index.name)}`,
          ...(table.kind === "table" && {
            fix: `${sql`${raw(whole)};`}\n${sql`drop index concurrently ${own};`}`,
            undo: `${sql`${raw(index.definition.replace(/ INDEX /, " INDEX CONCURRENTLY "))};`}\n${sql`drop index concurrently ${nameOf(table.schema, name)};`}`,
          }),
        };
      }
    }
  },
});
