import { nameOf, raw, sql } from "../../sql/quote.ts";
import { ofOwner } from "../of-table.ts";
import { schemaRule } from "../rule.ts";

/** Of the integer types, the largest value (https://www.postgresql.org/docs/current/datatype-numeric.html). */
const largest: Readonly<Record<string, number>> = { smallint: 32_767, integer: 2_147_483_647, bigint: 2 ** 63 };
/** Changing the type rewrites the table under an exclusive lock: only for one this small is that a fix to paste. */
const SMALL = 10_000;
const NEAR = 0.5;

export default schemaRule({
  id: "schema/foreign-key-int4-to-bigint",
  severity: "warning",

  *check({ foreignKeys, sequences }) {
    for (const { table, columns, references, referenced, name } of foreignKeys) {
      for (const [place, column] of columns.entries()) {
        const parent = referenced[place];
        const [most, needed] = [largest[column.type], largest[parent?.type ?? ""]];
        if (!parent || most === undefined || needed === undefined || most >= needed) continue;

        const last = ofOwner(sequences, references.oid, ({ ownedBy }) => ownedBy?.table).find(
          ({ ownedBy }) => ownedBy?.column === parent.name,
        )?.last;
        const [child, target] = [
          `${nameOf(table.schema, table.name)}.${nameOf(undefined, column.name)}`,
          `${nameOf(references.schema, references.name)}.${nameOf(undefined, parent.name)}`,
        ];
        yield {
          message: `${child} is ${column.type} and refers to ${target}, which is ${parent.type}: no row can refer to an id above ${most.toLocaleString("en-US")}${last === undefined ? "" : `, and the last one given out is ${last.toLocaleString("en-US")}`}.`,
          object: `${nameOf(table.schema, table.name)}.${nameOf(undefined, name)}`,
          ...(last !== undefined && { evidence: { last, most } }),
          ...(last !== undefined && last > NEAR * most && { severity: "error" as const }),
          ...(table.kind === "table" &&
            table.rows !== undefined &&
            table.rows < SMALL && {
              fix: sql`alter table ${nameOf(table.schema, table.name)} alter column ${column.name} type ${raw(parent.type)};`,
              undo: sql`alter table ${nameOf(table.schema, table.name)} alter column ${column.name} type ${raw(column.type)};`,
            }),
        };
      }
    }
  },
});
