import type { Column } from "../catalog/columns.ts";
import type { Schema } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";

/** What ANALYZE counted of a column. No value is in it. */
export interface Counted {
  readonly column: Column;
  /** Different values, NULL not among them. */
  readonly distinct: number;
  /** As `pg_stats` has it: below 0 a share of all rows. */
  readonly told: number;
  /** Share of the rows that are NULL. */
  readonly nulls: number;
  /** Shares of the rows that have the most common values, the largest first. */
  readonly common: readonly number[];
  /** Bytes of a value, on average. */
  readonly width: number;
}

/** Rows that ANALYZE samples at most under the default target of 100 (`std_typanalyze` in src/backend/commands/analyze.c: 300 for each). */
const SAMPLE = 30_000;
/** Rows of a table of which statistics say something. */
const ENOUGH = 1_000;
/** Sampled rows for each value of what is to determine others: with fewer there is little that could contradict. */
const REPEATS = 5;

/** A table with statistics that say what depends on what. */
export interface CountedTable {
  readonly table: Table;
  readonly rows: number;
  readonly sampled: number;
  readonly columns: ReadonlyMap<string, Counted>;
}

/** By the oid of each table that is large enough and was analysed. */
export function countedTables({ spreads }: Pick<Schema, "spreads">, tables: readonly Table[]): ReadonlyMap<number, CountedTable> {
  const found = new Map<number, CountedTable>();
  for (const table of tables) {
    const rows = table.rows ?? 0;
    if (rows >= ENOUGH) found.set(table.oid, { table, rows, sampled: Math.min(rows, SAMPLE), columns: new Map() });
  }
  const columnsOf = new Map<number, Map<string, Counted>>();
  for (const { table, column: name, distinct, ...counts } of spreads) {
    const known = found.get(table.oid);
    const column = known?.table.columns.find((each) => each.name === name);
    if (!known || !column || distinct === 0) continue;
    const columns = columnsOf.get(table.oid) ?? new Map<string, Counted>();
    columnsOf.set(
      table.oid,
      columns.set(name, { column, told: distinct, distinct: distinct < 0 ? -distinct * known.rows : distinct, ...counts }),
    );
  }
  return new Map([...columnsOf].flatMap(([oid, columns]) => [[oid, { ...(found.get(oid) as CountedTable), columns }] as const]));
}

/** So many different values come back often enough that a second value beside one of them would have been seen. */
export const repeats = ({ sampled }: CountedTable, distinct: number) => distinct >= 2 && distinct * REPEATS <= sampled;

/** Groups that would show two values of the dependent column if the two columns had nothing to do with each other: at least this many. */
const AT_RISK = 3;

/** Whether it would show if this column did not follow: one that is nearly always the same follows from anything. */
export function couldDiffer({ sampled }: CountedTable, determinants: number, { common, nulls, distinct }: Counted): boolean {
  if (distinct + (nulls > 0 ? 1 : 0) < 2) return false;
  const most = Math.max(nulls, common[0] ?? 0);
  return determinants * (1 - most ** (sampled / determinants)) >= AT_RISK;
}
