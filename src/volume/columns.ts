import type { Column } from "../catalog/columns.ts";
import type { ColumnSpread } from "../catalog/spreads.ts";
import type { Table } from "../catalog/tables.ts";
import type { UserType } from "../catalog/user-types.ts";
import { rowWidth } from "../twin/synthesis.ts";

/** How many bytes the values of a column take where they are stored. */
export interface StoredColumn {
  readonly name: string;
  /** Of a value that is there, on average; its own header included. */
  readonly width: number;
  /** Every value takes the same. */
  readonly fixed: boolean;
  readonly alignment: number;
  /** Share of the rows without one. */
  readonly nulls: number;
  /** As `pg_stats` has it: below 0 a share of all rows; undefined where nobody knows. */
  readonly distinct: number | undefined;
  /** Equal values are equal bytes, so a B-tree may keep them once (https://www.postgresql.org/docs/current/btree.html#BTREE-DEDUPLICATION). */
  readonly merges: boolean;
  /** The width was measured by ANALYZE, or is that of the type. */
  readonly known: boolean;
}

/** A short value has a header of one byte and stands anywhere (`VARATT_SHORT_MAX` in src/include/varatt.h). */
const SHORT = 126;

/** `seen`: of this table. */
export function storedColumns(
  table: Table,
  seen: readonly (Seen & Pick<ColumnSpread, "column">)[],
  types: readonly UserType[],
): readonly StoredColumn[] {
  const own = new Map(seen.map((spread) => [spread.column, spread]));
  return table.columns
    .filter(({ generated }) => generated !== "virtual")
    .sort((one, other) => one.number - other.number)
    .map((column) => stored(column, own.get(column.name), { table, types }));
}

type Seen = Pick<ColumnSpread, "nulls" | "width" | "distinct">;

function stored(
  column: Column,
  seen: Seen | undefined,
  { table, types }: { readonly table: Table; readonly types: readonly UserType[] },
): StoredColumn {
  const fixed = column.length > 0;
  const told = { name: column.name, fixed, merges: !/^(numeric|real|double precision|jsonb|interval)/.test(column.type) };
  // All values were null when somebody looked: nobody knows how long one is.
  const isSeen = seen !== undefined && seen.nulls < 1;
  const assumed = rowWidth({ ...table, columns: [{ ...column, notNull: true }] }, types);
  const width = fixed ? column.length : isSeen ? seen.width : assumed;
  return {
    ...told,
    width,
    alignment: fixed || width > SHORT ? column.alignment : 1,
    nulls: seen?.nulls ?? 1 - rowWidth({ ...table, columns: [column] }, types) / Math.max(1, assumed),
    distinct: isSeen ? seen.distinct : undefined,
    known: fixed || isSeen,
  };
}

export interface Width {
  readonly bytes: number;
  /** All rows take just that. */
  readonly exact: boolean;
}

/** Values behind each other, each where its type wants it: half of the gap, on average, where what stands before it varies. */
export function widthOf(columns: readonly StoredColumn[]): Width {
  let [bytes, exact] = [0, true];
  for (const { width, fixed, alignment, nulls } of columns) {
    const present = 1 - nulls;
    const start = exact ? Math.ceil(bytes / alignment) * alignment : bytes + (present * (alignment - 1)) / 2;
    bytes = present === 1 ? start + width : exact ? bytes + present * (start - bytes + width) : start + present * width;
    exact = exact && fixed && present === 1;
  }
  return { bytes, exact };
}
