import { indexName } from "../../sql/index-name.ts";
import { nameOf, raw, sql, unquote } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

/** Rows. On fewer the index is small, whatever it holds. */
const LARGE = 10_000;
const MOSTLY = 0.5;

export default schemaRule({
  id: "schema/index-on-nullable-mostly-null",
  severity: "info",

  *check({ tables, spreads }) {
    const nulls = new Map(spreads.map(({ table, column, nulls: share }) => [`${table.oid} ${column}`, share]));
    for (const table of tables) {
      if (table.kind !== "table" || (table.rows ?? 0) < LARGE) continue;
      for (const { name: bare, schema, keys, where, unique, method, parent, bytes, definition } of table.indexes) {
        const [key = ""] = keys;
        const share = nulls.get(`${table.oid} ${unquote(key)}`) ?? 0;
        if (keys.length > 1 || where !== undefined || unique || method !== "btree" || parent !== undefined || share <= MOSTLY) continue;
        const [on, own] = [nameOf(table.schema, table.name), nameOf(schema, bare)];
        const partial = indexName({ table: table.name, keys: [`${key}_set`], taken: table.indexes.map(({ name }) => name) });
        yield {
          message: `${Math.floor(share * 100)} % of the entries of ${own} on ${on} are NULL, which equality never asks for: every insert writes them all the same.`,
          object: `${on}.${nameOf(undefined, bare)}`,
          evidence: { nulls: share, bytes },
          fix: `${sql`create index concurrently ${partial} on ${on} (${raw(key)}) where ${raw(key)} is not null;`}\n${sql`drop index concurrently ${own};`}`,
          undo: `${sql`${raw(definition.replace(/ INDEX /, " INDEX CONCURRENTLY "))};`}\n${sql`drop index concurrently ${nameOf(table.schema, partial)};`}`,
        };
      }
    }
  },
});
