import type { Index } from "../../catalog/indexes.ts";
import type { Table } from "../../catalog/tables.ts";
import { nameOf, unquote } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/timestamp-in-the-middle-index",
  severity: "info",

  *check({ tables }) {
    for (const table of tables) {
      for (const index of table.indexes) {
        const time = index.parent === undefined && index.method === "btree" && !index.unique ? timeBefore(index, table) : undefined;
        if (!time) continue;
        const on = nameOf(table.schema, table.name);
        yield {
          message: `${nameOf(undefined, index.name)} on ${on} has ${time.name} before ${time.behind.join(", ")}: a query for a span of time and one value of ${time.behind.join(", ")} reads all entries of that span, where the other order would read only those of the value.`,
          object: `${on}.${nameOf(undefined, index.name)}`,
        };
      }
    }
  },
});

/** Where what stands behind is more than the primary key, which is there to give pages an order. */
function timeBefore({ keys }: Index, { columns, constraints }: Table) {
  const place = keys.findIndex((key) => /^(date|timestamp)/.test(columns.find(({ name }) => name === unquote(key))?.type ?? ""));
  const key = constraints.find(({ kind }) => kind === "primary key")?.columns ?? [];
  const behind = keys.slice(place + 1).filter((each) => {
    const column = columns.find(({ name }) => name === unquote(each));
    return column && !key.includes(column.name) && !/^(date|timestamp|numeric|real|double)/.test(column.type);
  });
  return place < 0 || behind.length === 0 ? undefined : { name: keys[place], behind };
}
