import type { Table } from "../../catalog/tables.ts";
import { nameOf } from "../../sql/quote.ts";
import { declaredTables } from "../declared.ts";
import { schemaRule } from "../rule.ts";

/** Columns: with more of them, the pair is a part of something else. */
const NARROW = 7;

export default schemaRule({
  id: "schema/eav-table",
  severity: "info",

  *check(schema) {
    for (const table of declaredTables(schema)) {
      const parts = partsOf(table);
      if (!parts) continue;
      const name = nameOf(table.schema, table.name);
      yield {
        message: `${name} keeps one attribute a row (${parts.entity}, ${parts.attribute}, ${parts.value}): no type, NOT NULL, check or reference holds for an attribute, and a condition on two of them joins the table with itself.`,
        object: `${name}`,
      };
    }
  },
});

/** What it is about by a reference, which attribute by name, and any value. */
function partsOf({ columns, constraints }: Table) {
  if (columns.length > NARROW) return undefined;
  const find = (name: RegExp, type: RegExp) => columns.find((column) => name.test(column.name) && type.test(column.type))?.name;
  const attribute = find(/(^|_)(attribute|attr|property|meta_key|field|key)(_?(name|key|id))?$/i, /^(text|character|integer|bigint|uuid)/);
  const value = find(/(^|_)(value|val|meta_value)(_?(text|string))?$/i, /^(text|character|jsonb?$)/);
  const entity = constraints.find(({ kind, columns: own }) => kind === "foreign key" && own.length === 1 && own[0] !== attribute)
    ?.columns[0];
  return attribute && value && entity && attribute !== value ? { entity, attribute, value } : undefined;
}
