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
    made.push(table.constraints.reduce<Row>((before, constraint) => pointed(before, constraint, { made, draw, table }), row));
  }
  return made;
}

/** With the key of a row that is there; of its own table, one before it or itself. */
function pointed(
  row: Row,
  { columns, foreignKey, references }: Constraint,
  { made, draw, table }: { readonly made: readonly Row[]; readonly draw: Draw; readonly table: Table },
): Row {
  if (!foreignKey || columns.some((name) => row[name] === undefined)) return row;
  const parents = references === table.oid ? [...made, row] : ([...draw.rows].find(([{ oid }]) => oid === references)?.[1] ?? []);
  const parent = pick(parents, draw);
  if (!parent) return row;
  return { ...row, ...Object.fromEntries(columns.map((name, place) => [name, parent[foreignKey.referencedColumns[place] ?? ""]])) };
}

/** Share of the values near to a constant that just miss it. */
const MISSES = 0.25;

function valueIn({ nullable, near, others }: Filled, draw: Draw): string | undefined {
  const { random, nulls, near: share } = draw;
  if (nullable && random() < nulls) return undefined;
  if (others.length > 0 && (near.meets.length === 0 || random() >= share)) return pick(others, draw);
  return pick(near.misses.length > 0 && random() < MISSES ? near.misses : near.meets, draw);
}

function shuffled({ near, others }: Filled, count: number, { random }: Draw): readonly string[] {
  return [...near.meets, ...near.misses, ...others.slice(0, count)]
    .map((value) => ({ value, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ value }) => value);
}
