import type { Column } from "../../catalog/columns.ts";
import type { Schema } from "../../catalog/schema.ts";
import type { Table } from "../../catalog/tables.ts";
import { nameOf } from "../../sql/quote.ts";
import { declaredTables } from "../declared.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/single-column",
  severity: "info",

  *check(schema) {
    // A table of the values that a column may have is one of these, and is referred to.
    const referenced = new Set(schema.foreignKeys.map(({ references }) => references.oid));
    for (const table of declaredTables(schema)) {
      const [column, ...more] = table.columns;
      const isSet = table.constraints.some(({ kind }) => kind === "primary key" || kind === "unique");
      if (!column || more.length > 0 || !isSet || !isText(column) || referenced.has(table.oid) || isJournal(table)) continue;
      if (isRead(table, schema)) continue;
      const name = nameOf(table.schema, table.name);
      yield {
        message: `${name} has the one column ${nameOf(undefined, column.name)} and no foreign key refers to it: as a list of allowed values it allows nothing yet.`,
        object: `${name}`,
      };
    }
  },
});

/** A list that code looks into does its work without a foreign key. */
function isRead({ name }: Table, { functions, views, policies }: Schema): boolean {
  const texts = [
    ...functions.map(({ definition }) => definition),
    ...views.map(({ definition }) => definition ?? ""),
    ...policies.flatMap(({ using, check }) => [using ?? "", check ?? ""]),
  ];
  const word = new RegExp(`(?<![\\w$])${name.replaceAll(/[^\w]/g, "\\$&")}(?![\\w$])`, "i");
  return texts.some((text) => word.test(text));
}

/** Numbers are ids for which something was done, a use of its own. */
const isText = ({ type }: Column) => /^(text|character)/.test(type) && !type.endsWith("[]");

/** Which migrations were run: the tools that write them keep one column. */
const isJournal = ({ name }: Table) => /migration|version|changelog/i.test(name);
