import type { Column } from "../../catalog/columns.ts";
import { nameOf } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/foreign-key-type-mismatch",
  severity: "warning",

  *check({ foreignKeys }) {
    for (const { table, columns, references, referenced, name } of foreignKeys) {
      for (const [place, column] of columns.entries()) {
        const parent = referenced[place];
        if (!parent || isComparable(column, parent)) continue;
        const on = nameOf(table.schema, table.name);
        yield {
          message: `${on}.${nameOf(undefined, column.name)} is ${column.type} and refers to ${nameOf(references.schema, references.name)}.${nameOf(undefined, parent.name)}, which is ${parent.type}: each check casts the column, so no plain index on it can serve.`,
          object: `${on}.${nameOf(undefined, name)}`,
        };
      }
    }
  },
});

/** Types of one family are compared as they are, by operators that an index of either has. */
const families: Readonly<Record<string, string>> = {
  smallint: "integer",
  integer: "integer",
  bigint: "integer",
  text: "text",
  "character varying": "text",
  real: "float",
  "double precision": "float",
  date: "datetime",
  "timestamp without time zone": "datetime",
  "timestamp with time zone": "datetime",
};

/** Types that somebody made are left alone: a domain is compared as what it is made of. */
const isComparable = (child: Column, parent: Column) =>
  child.typeOid === parent.typeOid || Math.max(child.typeOid, parent.typeOid) >= FIRST_USER_OID || familyOf(child) === familyOf(parent);

const FIRST_USER_OID = 16_384;

function familyOf({ type }: Column): string {
  const bare = type.replace(/\([\d,]+\)/, "");
  return families[bare] ?? bare;
}
