import { randomFrom } from "../../src/rewrites/draw.ts";

/** Chances that are the same for the same seed. */
export interface Dice {
  /** A whole number from 0 to below `sides`. */
  roll(sides: number): number;
  /** Whether something of this chance, 0 to 1, comes to pass. */
  happens(chance: number): boolean;
  pick<Value>(values: readonly [Value, ...Value[]]): Value;
}

export function diceOf(seed: number): Dice {
  const random = randomFrom(seed);
  const roll = (sides: number) => Math.floor(random() * sides);
  return {
    roll,
    happens: (chance) => random() < chance,
    pick: (values) => values[roll(values.length)] ?? values[0],
  };
}

/** A table that statements are made over: some of its keys are there, and some are not. */
export interface MadeTable {
  readonly name: string;
  readonly columns: Readonly<Record<string, Made>>;
  /** Of one column each. */
  readonly unique: readonly string[];
  readonly ddl: string;
  /** Of a view: the same over the tables of another schema. */
  readonly over?: (schema: string) => string;
  /** The table that its column `r` points at. */
  readonly parent: MadeTable | undefined;
}

interface Made {
  readonly type: "int" | "text" | "moment";
  readonly notNull: boolean;
}

export const moments = [
  "2026-04-30 23:59:59.999999",
  "2026-05-01",
  "2026-05-01 12:00",
  "2026-05-01 23:59:59.999999",
  "2026-05-02",
  "2026-06-01",
  "2027-01-01",
] as const;
export const words = ["a", "b", "A", "", "ab", "c"] as const;

/** All have columns of the same names, so that a name may be caught by the wrong table. */
export function madeTables(dice: Dice, schema: string): readonly [MadeTable, ...MadeTable[]] {
  const first = madeTable(dice, { schema, name: "first", parents: [] });
  const second = madeTable(dice, { schema, name: "second", parents: [first] });
  const third = madeTable(dice, { schema, name: "third", parents: [first, second] });
  return [first, second, third, ...(dice.happens(0.4) ? [madeView(dice, schema, first)] : [])];
}

/** Most are no more than a condition; the others take rows from an open order, draw them or compute what fails for some. */
function madeView(dice: Dice, schema: string, { columns }: MadeTable): MadeTable {
  const withB = (b: string) => `select id, a, ${b} as b, r, c, d from of.first`;
  const plain = "select * from of.first where a is not null";
  const body = dice.pick([
    plain,
    plain,
    plain,
    `select * from of.first order by b limit ${1 + dice.roll(4)}`,
    "select distinct on (a) * from of.first order by a",
    withB("(random() * 9)::int"),
    withB("10 / a"),
    withB("row_number() over (order by a)::int"),
  ]);
  const over = (of: string) => `create view ${of}.fourth as ${body.replaceAll("of.", `${of}.`)}`;
  const nullable = Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, { type, notNull: false }]));
  return { name: "fourth", columns: nullable, unique: [], parent: undefined, ddl: over(schema), over };
}

interface Place {
  readonly schema: string;
  readonly name: string;
  readonly parents: readonly MadeTable[];
}

function madeTable(dice: Dice, { schema, name, parents }: Place): MadeTable {
  const key = dice.pick(["primary key", "primary key", "primary key", "unique", "none"]);
  const never = (chance: number) => dice.happens(chance);
  const columns = {
    id: { type: "int", notNull: key === "primary key" || never(0.3) },
    a: { type: "int", notNull: never(0.5) },
    b: { type: "int", notNull: never(0.4) },
    r: { type: "int", notNull: never(0.5) },
    c: { type: "text", notNull: never(0.5) },
    d: { type: "moment", notNull: never(0.5) },
  } as const;
  const other = parents[dice.roll(parents.length)];
  const parent = other?.unique.includes("id") && dice.happens(0.8) ? other : undefined;
  const moment = dice.pick(["timestamp", "timestamp", "timestamptz", "date"]);
  const types = { int: "int", text: "text", moment };
  const lists = Object.entries(columns).map(([column, { type, notNull }]) => `${column} ${types[type]}${notNull ? " not null" : ""}`);
  const isPairUnique = dice.happens(0.3);
  const ddl = [
    ...lists,
    ...(key === "none" ? [] : [`${key} (id)`]),
    ...(isPairUnique ? ["unique (a, c)"] : []),
    ...(parent ? [`foreign key (r) references ${schema}.${parent.name} (id)${dice.happens(0.2) ? " deferrable" : ""}`] : []),
  ].join(", ");
  return { name, columns, unique: key === "none" ? [] : ["id"], parent, ddl: `create table ${schema}.${name} (${ddl})` };
}

/** Rows of one data set as statements. The first sets are of empty tables: all, then one of them. */
export function madeRows(dice: Dice, tables: readonly MadeTable[], { schema, set }: { schema: string; set: number }): readonly string[] {
  const nulls = dice.pick([0.2, 0, 0.5]);
  const stored = tables.filter(({ over }) => over === undefined);
  return stored.flatMap((table, place) => {
    const isEmpty = set === 0 || set === place + 1;
    const count = isEmpty ? 0 : 1 + dice.roll(dice.pick([3, 8, 12]));
    const rows = Array.from({ length: count }, () => `(${Object.values(table.columns).map((column) => cellOf(dice, column, nulls))})`);
    const name = `${schema}.${table.name}`;
    const { parent } = table;
    const orphans = `delete from ${name} t where r is not null and not exists (select from ${schema}.${parent?.name} p where p.id = t.r)`;
    return count === 0 ? [] : [`insert into ${name} values ${rows.join(", ")} on conflict do nothing`, ...(parent ? [orphans] : [])];
  });
}

function cellOf(dice: Dice, { type, notNull }: Made, nulls: number): string {
  if (!notNull && dice.happens(nulls)) return "null";
  if (type === "int") return String(dice.roll(dice.happens(0.5) ? 3 : 9));
  return `'${type === "text" ? dice.pick(words) : dice.pick(moments)}'`;
}
