import type { Constraint } from "../catalog/constraints.ts";
import type { Table } from "../catalog/tables.ts";
import type { Filled, FilledTable } from "./rows.ts";

/** Numbers from 0 to 1 that are the same for the same seed (Park and Miller, "Random number generators: good ones are hard to find"). */
export function randomFrom(seed: number): () => number {
  let state = ((seed * 7919 + 17) % 2147483646) + 1;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return (state - 1) / 2147483646;
  };
  next();
  return next;
}

const pick = <Value>(values: readonly Value[], { random }: Pick<Draw, "random">): Value | undefined =>
  values[Math.floor(random() * values.length)];

/** How the rows of one data set are drawn. */
export interface Draw {
  readonly random: () => number;
  /** Share of NULL among the values of a column that takes it. */
  readonly nulls: number;
  /** Share of values near to constants. */
  readonly near: number;
  /** Share of rows that repeat an earlier one, but for what is unique. */
  readonly doubles: number;
  /** That were drawn already: keys point at them. */
  readonly rows: ReadonlyMap<Table, readonly Row[]>;
}

/** By column; undefined is NULL. */
export type Row = Readonly<Record<string, string | undefined>>;

export function rowsOf({ table, columns }: FilledTable, count: number, draw: Draw): readonly Row[] {
  const left = new Map(columns.flatMap((filled) => (filled.unique ? [[filled, shuffled(filled, count, draw)] as const] : [])));
  const made: Row[] = [];
  for (let number = 0; number < count; number++) {
    const earlier = draw.random() < draw.doubles ? pick(made, draw) : undefined;
    const drawn = (filled: Filled) => {
      const own = left.get(filled);
      if (own) return own[number];
      return earlier ? earlier[filled.column.name] : valueIn(filled, draw);
    };
    const row = Object.fromEntries(columns.map((filled) => [filled.column.name, drawn(filled)]));
    made.push(table.constraints.reduce<Row>((before, constraint) => pointed(before, constraint, { made, draw, table, columns }), row));
  }
  return made;
}

interface Pointing extends FilledTable {
  readonly made: readonly Row[];
  readonly draw: Draw;
}

/** With the key of a row that is there, one that a condition asks for if there is; of its own table, one before it or itself. */
function pointed(row: Row, { columns, foreignKey, references }: Constraint, { made, draw, table, columns: filled }: Pointing): Row {
  if (!foreignKey || columns.some((name) => row[name] === undefined)) return row;
  const parents = references === table.oid ? [...made, row] : ([...draw.rows].find(([{ oid }]) => oid === references)?.[1] ?? []);
  const keyOf = (parent: Row) => columns.map((name, place) => [name, parent[foreignKey.referencedColumns[place] ?? ""]] as const);
  const meets = new Set(filled.flatMap(({ column, near }) => near.meets.map((value) => `${column.name} ${value}`)));
  const asked = parents.filter((parent) => keyOf(parent).every(([name, value]) => meets.has(`${name} ${value}`)));
  const parent = pick(asked.length > 0 && draw.random() < draw.near ? asked : parents, draw);
  return parent ? { ...row, ...Object.fromEntries(keyOf(parent)) } : row;
}

/** Share of the values near to a constant that just miss it. */
const MISSES = 0.25;

function valueIn({ nullable, asksNull, near, others }: Filled, draw: Draw): string | undefined {
  const { random, nulls, near: share } = draw;
  if (nullable && random() < (asksNull ? Math.max(nulls, share) : nulls)) return undefined;
  if (others.length > 0 && (near.meets.length === 0 || random() >= share)) return pick(others, draw);
  return pick(near.misses.length > 0 && random() < MISSES ? near.misses : near.meets, draw);
}

/** What is near to a constant comes early: a few rows have to meet it. */
function shuffled({ near, others }: Filled, count: number, { random, near: share }: Draw): readonly string[] {
  return [...near.meets, ...near.misses, ...others.slice(0, count)]
    .map((value, place) => ({ value, at: random() * (place < near.meets.length ? 1 - share : 1) }))
    .sort((one, other) => one.at - other.at)
    .map(({ value }) => value);
}
