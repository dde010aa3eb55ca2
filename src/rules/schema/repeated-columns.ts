import type { Table } from "../../catalog/tables.ts";
import { nameOf } from "../../sql/quote.ts";
import { declaredTables } from "../declared.ts";
import { listed } from "../listed.ts";
import { schemaRule } from "../rule.ts";

/** Two may be a first and a second; the third asks for a fourth. */
const MANY = 3;

export default schemaRule({
  id: "schema/repeated-columns",
  severity: "info",

  *check(schema) {
    for (const table of declaredTables(schema)) {
      for (const names of series(table)) {
        const name = nameOf(table.schema, table.name);
        yield {
          message: `${listed(names)} of ${name} are one thing in ${names.length} columns: a search asks all of them, an index serves one, and the next one takes a migration.`,
          object: `${name}`,
          evidence: { columns: names.length },
        };
      }
    }
  },
});

/** Columns of one type whose names differ in a number that counts up by one. */
function series({ columns }: Table): readonly (readonly string[])[] {
  const groups = new Map<string, { readonly name: string; readonly number: number }[]>();
  for (const { name, type } of columns) {
    const [, base, digits] = /^(.*?\D)(\d{1,2})$/.exec(name) ?? [];
    if (base === undefined || digits === undefined) continue;
    const key = `${base} ${type}`;
    groups.set(key, [...(groups.get(key) ?? []), { name, number: Number(digits) }]);
  }
  return [...groups.values()]
    .filter((group) => group.length >= MANY && group.every(({ number }, place) => number === (group[0]?.number ?? 0) + place))
    .map((group) => group.map(({ name }) => name));
}
