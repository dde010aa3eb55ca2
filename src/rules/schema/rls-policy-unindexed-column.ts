import { indexName } from "../../sql/index-name.ts";
import { columnsComparedIn } from "../../sql/predicate.ts";
import { nameOf, sql, unquote } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

/** A table this small is read in one go, with or without an index. */
const SMALL = 1_000;

export default schemaRule({
  id: "schema/rls-policy-unindexed-column",
  severity: "warning",

  *check({ policies, foreignKeys }) {
    // Of a foreign key without an index another rule tells, and the same index serves both.
    const reported = new Set(foreignKeys.map(({ table, constraint }) => `${table.oid} ${constraint.columns[0]}`));
    for (const { table, command, using } of policies) {
      if (!table.rowSecurity || using === undefined || command === "insert" || (table.rows ?? SMALL) < SMALL) continue;
      const columns = columnsComparedIn(using).filter((column) => table.columns.some(({ name }) => name === column));
      const [column] = columns;
      const place = `${table.oid} ${column}`;
      if (column === undefined || columns.some((name) => leads(table.indexes, name)) || reported.has(place)) continue;
      reported.add(place);

      const on = nameOf(table.schema, table.name);
      const index = indexName({ table: table.name, keys: [column], taken: table.indexes.map(({ name }) => name) });
      yield {
        message: `A policy of ${on} asks for ${nameOf(undefined, column)}, which no index starts with, so every query under it reads all of ${on}${table.rows === undefined ? "" : ` (about ${table.rows.toLocaleString("en-US")} rows)`}.`,
        object: `${on}.${nameOf(undefined, column)}`,
        ...(table.kind === "table" && {
          fix: sql`create index concurrently ${index} on ${on} (${column});`,
          undo: sql`drop index concurrently ${nameOf(table.schema, index)};`,
        }),
      };
    }
  },
});

const leads = (
  indexes: readonly { readonly keys: readonly string[]; readonly valid: boolean; readonly where: string | undefined }[],
  column: string,
) => indexes.some(({ keys: [key = ""], valid, where }) => valid && where === undefined && unquote(key) === column);
