import type { Column } from "../catalog/columns.ts";
import type { Constraint } from "../catalog/constraints.ts";
import type { Table } from "../catalog/tables.ts";
import { literal, quote } from "../sql/quote.ts";
import { qualified } from "../twin/definitions.ts";
import { type Draw, type Row, randomFrom, rowsOf } from "./draw.ts";
import { keysOf } from "./keys.ts";
import { type Near, nearTo, nthValue, type ValueType } from "./values.ts";

/** A column that gets values, and which. */
export interface Filled {
  readonly column: Column;
  /** Whether NULL is among them, and whether a condition asks for it. */
  readonly nullable: boolean;
  readonly asksNull: boolean;
  /** Whether no two rows have the same. */
  readonly unique: boolean;
  readonly near: Near;
  readonly others: readonly string[];
}

export interface FilledTable {
  readonly table: Table;
  readonly columns: readonly Filled[];
}

/** Rows of a table at most, and different values of a column that may have the same twice. */
const MOST_ROWS = 14;
const VALUES = 6;
/** Rows that a join of all tables may come to. */
const MOST_JOINED = 20_000;

/** Undefined where a column needs a value and nobody knows how its type is written. */
export function filledWith(
  table: Table,
  known: {
    typeOf(column: Column): ValueType | undefined;
    constantsOf(column: Column): readonly string[];
    isNeverNull(column: Column): boolean;
    asksNull(column: Column): boolean;
  },
): FilledTable | undefined {
  const keys = keysOf(table).filter(({ length }) => length === 1);
  const all = table.columns
    .filter(({ generated }) => generated === undefined)
    .map((column): Filled | undefined => {
      const type = known.typeOf(column);
      const nullable = !column.notNull && !known.isNeverNull(column);
      const unique =
        keys.some(([name]) => name === column.name) ||
        table.indexes.some((index) => index.unique && index.keys.join() === quote(column.name));
      const count = unique ? 2 * MOST_ROWS : VALUES;
      const others = type ? Array.from({ length: count }, (_, at) => nthValue(type, at)).flatMap((value) => value ?? []) : [];
      const near = type ? nearTo(known.constantsOf(column), type) : { meets: [], misses: [] };
      return others.length + near.meets.length === 0 && !nullable
        ? undefined
        : { column, nullable, asksNull: known.asksNull(column), unique, near, others };
    });
  return all.includes(undefined) ? undefined : { table, columns: all.flatMap((column) => column ?? []) };
}

/** Statements that leave every table with the rows of this data set. The first ones are of empty tables: all, then each. */
export function dataSet(tables: readonly FilledTable[], number: number): readonly string[] {
  const random = randomFrom(number);
  const most = Math.max(2, Math.min(MOST_ROWS, Math.floor((MOST_JOINED * 3 ** (tables.length - 1)) ** (1 / tables.length))));
  const rows = new Map<Table, readonly Row[]>();
  const draw: Draw = {
    random,
    nulls: [0.15, 0, 0.5][number % 3] ?? 0,
    near: [0.5, 0.8, 0.3, 0.95][number % 4] ?? 0,
    doubles: (number % 2) * 0.4,
    rows,
  };
  const inserts = parentsFirst(tables).flatMap((table) => {
    const isEmpty = number === 0 || (number <= MOST_EMPTIED && tables[number - 1] === table);
    const count = isEmpty ? 0 : 1 + Math.floor(Math.sqrt(random()) * most);
    const made = rowsOf(table, count, draw);
    rows.set(table.table, made);
    return count === 0 ? [] : [insertOf(table, made)];
  });
  return [
    ...tables.map(({ table }) => `delete from ${qualified(table)}`),
    ...inserts,
    ...tables.flatMap((filled) => filled.table.constraints.flatMap((constraint) => orphansOf(constraint, filled, tables))),
  ];
}

/** Data sets in which one table is empty and the others are not. */
const MOST_EMPTIED = 3;

function parentsFirst(tables: readonly FilledTable[]): readonly FilledTable[] {
  const done = new Set<FilledTable>();
  const visit = (table: FilledTable, below: readonly FilledTable[]): void => {
    if (done.has(table) || below.includes(table)) return;
    for (const { references } of table.table.constraints) {
      const parent = tables.find((other) => other.table.oid === references);
      if (parent) visit(parent, [...below, table]);
    }
    done.add(table);
  };
  for (const table of tables) visit(table, []);
  return [...done];
}

/** What a CHECK or a key refuses is left out. */
function insertOf({ table, columns }: FilledTable, rows: readonly Row[]): string {
  const names = columns.map(({ column }) => quote(column.name));
  const values = rows.map((row) => `(${columns.map(({ column }) => cell(row[column.name], column)).join(", ")})`);
  const checks = table.constraints
    .filter(({ kind }) => kind === "check")
    .map(({ definition }) => `${conditionOf(definition)} is not false`);
  const where = checks.length > 0 ? ` where ${checks.join(" and ")}` : "";
  return `insert into ${qualified(table)} (${names.join(", ")}) overriding system value select * from (values ${values.join(", ")}) as ${quote(table.name)} (${names.join(", ")})${where} on conflict do nothing`;
}

const cell = (value: string | undefined, { type }: Column) => `${value === undefined ? "null" : literal(value)}::${type}`;

/** As `pg_get_constraintdef` prints it. */
const conditionOf = (definition: string) => definition.replace(/^CHECK /, "").replace(/(?: NO INHERIT| NOT VALID| NOT ENFORCED)+$/, "");

/** Rows that point at no row are pointed at nothing, or taken away. */
function orphansOf(
  { columns, foreignKey, references }: Constraint,
  { table, columns: filled }: FilledTable,
  tables: readonly FilledTable[],
): readonly string[] {
  const parent = tables.find((other) => other.table.oid === references)?.table;
  if (!foreignKey || !parent) return [];
  const pairs = columns.map((column, place) => `parent.${quote(foreignKey.referencedColumns[place] ?? "")} = child.${quote(column)}`);
  const some = columns.map((column) => `child.${quote(column)} is not null`).join(" and ");
  const orphans = `where ${some} and not exists (select from ${qualified(parent)} parent where ${pairs.join(" and ")})`;
  const free = columns.find((name) => filled.some(({ column, nullable }) => column.name === name && nullable));
  return [
    free === undefined
      ? `delete from ${qualified(table)} child ${orphans}`
      : `update ${qualified(table)} child set ${quote(free)} = null ${orphans}`,
  ];
}
