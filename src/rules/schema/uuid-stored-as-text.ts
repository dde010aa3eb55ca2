import type { Column } from "../../catalog/columns.ts";
import type { Table } from "../../catalog/tables.ts";
import { nameOf, raw, sql, unquote } from "../../sql/quote.ts";
import { declaredTables } from "../declared.ts";
import { listed } from "../listed.ts";
import { schemaRule } from "../rule.ts";

/** Changing the type rewrites the table under an exclusive lock: only for one this small is that a fix to paste. */
const SMALL = 10_000;
/** Bytes of a uuid in hexadecimal with its hyphens, and the header of a short value. */
const WIDTH = 37;

export default schemaRule({
  id: "schema/uuid-stored-as-text",
  severity: "info",

  *check(schema) {
    const widths = new Map(schema.spreads.map(({ table, column, width }) => [`${table.oid} ${column}`, width]));
    for (const table of declaredTables(schema)) {
      const columns = table.columns.filter(
        (column) =>
          (isNamed(column) || (isMade(column) && isLookedUp(column, table))) &&
          (widths.get(`${table.oid} ${column.name}`) ?? WIDTH) === WIDTH,
      );
      if (columns.length === 0) continue;
      const name = nameOf(table.schema, table.name);
      const keys = new Set(table.constraints.flatMap(({ columns: own }) => own));
      // A reference has two ends, and a default its own type.
      const free = columns.every((column) => column.default === undefined && !keys.has(column.name));
      yield {
        message: `${listed(columns.map((column) => `${name}.${nameOf(undefined, column.name)}`))} ${columns.length === 1 ? "holds uuids" : "hold uuids"} as text: ${WIDTH} bytes each in the table and in every index instead of 16, and the same id in capitals is another one.`,
        object: `${name}`,
        ...(free &&
          table.kind === "table" &&
          table.rows !== undefined &&
          table.rows < SMALL && {
            fix: columns
              .map((column) => sql`alter table ${name} alter column ${column.name} type uuid using ${column.name}::uuid;`)
              .join("\n"),
            undo: columns.map((column) => sql`alter table ${name} alter column ${column.name} type ${raw(column.type)};`).join("\n"),
          }),
      };
    }
  },
});

const isText = ({ type }: Column) => /^(text|character)/.test(type) && !type.endsWith("[]");

const isMade = (column: Column) => isText(column) && /(gen_random_uuid|uuid_generate_v\d\w*|uuidv[47])\(/.test(column.default ?? "");

/** A secret is made of a uuid as well, and nothing looks for it. */
const isLookedUp = ({ name }: Column, { indexes, constraints }: Table) =>
  /(^|_)id$|Id$/i.test(name) ||
  constraints.some(({ columns }) => columns.includes(name)) ||
  indexes.some(({ keys }) => keys.some((key) => unquote(key) === name));

/** Called so, or an id of exactly that length. */
function isNamed(column: Column): boolean {
  if (!isText(column)) return false;
  const { name, type } = column;
  const isLong = type === "text" || type === "character varying" || /\((3[6-9]|[4-9]\d|\d{3,})\)$/.test(type);
  return (isLong && /(^|_)(uuid|guid)$/i.test(name)) || (/\(36\)$/.test(type) && /(^|_)id$/i.test(name));
}
