import type { Column } from "../catalog/columns.ts";
import type { Table } from "../catalog/tables.ts";
import type { CountedTable } from "./counted.ts";

/** What keeps a table out of the first normal form, besides what schema rules find (eav-table, repeated-columns, multi-valued-column). */
export interface Smell {
  readonly table: Table;
  readonly kind: "reference to several tables" | "columns inside JSON" | "list in a text";
  readonly columns: readonly string[];
  readonly says: string;
}

/** `subject_id` beside `subject_type`: no foreign key can hold for it. */
export function severalTables(table: Table, counted: CountedTable | undefined): readonly Smell[] {
  const referring = new Set(table.constraints.flatMap(({ kind, columns }) => (kind === "foreign key" ? columns : [])));
  return table.columns.flatMap(({ name: column }) => {
    const [, word, id] = /^(.*[a-z0-9])(_id|Id)$/.exec(column) ?? [];
    const type = table.columns.find(({ name }) => word !== undefined && name === `${word}${id === "Id" ? "Type" : "_type"}`);
    if (!type || referring.has(column) || referring.has(type.name) || !isWord(type)) return [];
    const kinds = counted?.columns.get(type.name)?.distinct;
    if (kinds !== undefined && (kinds < 2 || kinds > MOST_TABLES)) return [];
    const seen = kinds === undefined ? "" : `, ${Math.round(kinds)} kinds of it in the statistics`;
    const says = `${column} refers to a row of the table that ${type.name} names${seen}: no foreign key can hold for it, so rows that point at nothing are accepted; one nullable reference for each table and a check with num_nonnulls(...) = 1 can be held`;
    return [{ table, kind: "reference to several tables" as const, columns: [type.name, column], says }];
  });
}

/** Kinds: with more, it is no name of a table. */
const MOST_TABLES = 50;

/** Text, or an enum. */
const isWord = ({ type, typeOid }: Column) => /^(text|character varying|character)/.test(type) || typeOid >= 16_384;

/** Of the bytes of a row: one column has most of what is known of it. */
const MOST_BYTES = 2 / 3;
/** Bytes: less is no row of its own. */
const LARGE = 100;
const catchAll =
  /^(data|meta|metadata|attributes|attrs|properties|props|extra|extras|custom|custom_fields|fields|details|info|params|json)$/i;

/** A document that is most of the row, and is called by a word for anything. */
export function mostlyJson(table: Table, counted: CountedTable | undefined): readonly Smell[] {
  if (!counted) return [];
  const all = [...counted.columns.values()];
  const bytes = all.reduce((sum, { width }) => sum + width, 0);
  return all
    .filter(
      ({ column, width, nulls }) =>
        /^jsonb?$/.test(column.type) && catchAll.test(column.name) && nulls === 0 && width >= Math.max(LARGE, bytes * MOST_BYTES),
    )
    .map(({ column, width }) => ({
      table,
      kind: "columns inside JSON" as const,
      columns: [column.name],
      says: `${column.name} is ${width} of some ${bytes} bytes of a row and never NULL: no type, NOT NULL or reference holds for what is inside, and each change of a part writes the whole`,
    }));
}
