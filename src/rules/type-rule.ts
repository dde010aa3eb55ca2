import { nameOf, raw, sql } from "../sql/quote.ts";
import { declaredTables } from "./declared.ts";
import { listed } from "./listed.ts";
import { type SchemaRule, schemaRule } from "./rule.ts";

/** Changing the type rewrites the table under an exclusive lock: only for one this small is that a fix to paste. */
const SMALL = 10_000;

interface TypeRule extends Pick<SchemaRule, "id" | "severity"> {
  /** Of the type as `format_type` prints it. */
  is(type: string): boolean;
  /** What follows "orders.total is" or "… are". */
  readonly says: string;
  /** The type to take instead, where every value has one there. */
  to?(type: string): string;
}

/** A rule of one finding a table, about the type of its columns. */
export const typeRule = ({ id, severity, is, says, to }: TypeRule): SchemaRule =>
  schemaRule({
    id,
    severity,

    *check(schema) {
      for (const table of declaredTables(schema)) {
        const columns = table.columns.filter(({ type }) => is(type));
        if (columns.length === 0) continue;
        const name = nameOf(table.schema, table.name);
        const isFree = columns.every((column) => column.default === undefined && column.generated === undefined);
        const change = (column: string, type: string) =>
          sql`alter table ${name} alter column ${column} type ${raw(type)} using ${column}::${raw(type)};`;
        yield {
          message: `${listed(columns.map((column) => `${name}.${nameOf(undefined, column.name)}`))} ${columns.length === 1 ? "is" : "are"} ${says}.`,
          object: `${name}`,
          ...(to &&
            isFree &&
            table.kind === "table" &&
            table.rows !== undefined &&
            table.rows < SMALL && {
              fix: columns.map((column) => change(column.name, to(column.type))).join("\n"),
              undo: columns.map((column) => change(column.name, column.type)).join("\n"),
            }),
        };
      }
    },
  });
