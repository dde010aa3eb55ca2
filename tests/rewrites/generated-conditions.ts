import { type Dice, type MadeTable, moments, words } from "./generated-schema.ts";

/** A table under a name, whose columns may be spoken of. */
export interface Seen {
  readonly name: string;
  /** What stands before its columns; nothing where no other table is near. */
  readonly of: string;
  readonly table: MadeTable;
}

export interface Place {
  readonly dice: Dice;
  readonly tables: readonly [MadeTable, ...MadeTable[]];
  /** Of the query around, the innermost last. */
  readonly around: readonly Seen[];
}

export interface From {
  readonly text: string;
  readonly seen: readonly [Seen, ...Seen[]];
}

const names = ["x", "y", "z"] as const;

export function fromOf({ dice, tables }: Place, most = 2): From {
  const count = dice.happens(0.55) ? 1 : 1 + dice.roll(most);
  const first = seenAs(dice.pick(tables), count === 1 && dice.happens(0.3) ? undefined : nameOf(dice, 0));
  const seen: [Seen, ...Seen[]] = [first];
  let text = itemOf(dice, first);
  for (let at = 1; at < count; at++) {
    const next = seenAs((dice.happens(0.5) && first.table.parent) || dice.pick(tables), nameOf(dice, at));
    const on = dice.happens(0.05) && at === 1 ? "using (id)" : `on ${joinCondition(dice, dice.pick(seen), next)}`;
    const kind = dice.pick(["join", "join", "left join", "left join", "right join", "full join"]);
    text += dice.happens(0.1) ? ` cross join ${itemOf(dice, next)}` : ` ${kind} ${itemOf(dice, next)} ${on}`;
    seen.push(next);
  }
  return { text, seen };
}

/** Without a name it is called as its table, and its columns as they are. */
const seenAs = (table: MadeTable, name: string | undefined): Seen => ({
  name: name ?? table.name,
  of: name === undefined ? "" : `${name}.`,
  table,
});

/** Some tables stand in a query of their own. */
function itemOf(dice: Dice, { name, of, table }: Seen): string {
  if (of === "") return table.name;
  const where = dice.pick(["", " where a > 1", " where c is not null"]);
  return dice.happens(0.08) ? `(select * from ${table.name}${where}) ${name}` : `${table.name} ${name}`;
}

/** Queries in others take the names of those around them at times. */
const nameOf = (dice: Dice, at: number) => (dice.happens(0.25) ? `${names[at % 3]}` : `${names[at % 3]}${dice.roll(4)}`);

export function joinCondition(dice: Dice, one: Seen, other: Seen): string {
  if (other.table.parent === one.table && dice.happens(0.6)) return `${other.of}r = ${one.of}id`;
  if (one.table.parent === other.table && dice.happens(0.6)) return `${one.of}r = ${other.of}id`;
  return `${one.of}${dice.pick(ints)} ${dice.happens(0.9) ? "=" : "<"} ${other.of}${dice.pick(["id", "a", "r"])}`;
}

export const ints = ["id", "a", "b", "r"] as const;
const all = [...ints, "c", "d"] as const;
const comparing = ["=", "=", "=", "<", ">=", "<>"] as const;

export const columnOf = (dice: Dice, { of, table }: Seen, columns: readonly [string, ...string[]] = all) =>
  columns === ints && dice.happens(0.3) && table.unique.length > 0 ? `${of}id` : `${of}${dice.pick(columns)}`;

export function whereOf(place: Place, seen: From["seen"], more: readonly string[] = []): string {
  const inside = { ...place, around: [...place.around, ...seen] };
  const conditions = [...more, ...Array.from({ length: place.dice.roll(3) }, () => conditionOf(inside, seen))];
  return conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`;
}

export function conditionOf(place: Place, seen: From["seen"], depth = 0): string {
  const { dice } = place;
  const simple = dice.pick(conditions)(place, dice.pick(seen));
  if (depth > 1 || dice.happens(0.55)) return simple;
  const more = Array.from({ length: 1 + dice.roll(2) }, () => conditionOf(place, seen, depth + 1));
  if (dice.happens(0.12)) return `not (${simple})`;
  return dice.happens(0.8) ? `(${[simple, ...more].join(" or ")})` : `(${[simple, ...more].join(" and ")})`;
}

type Condition = (place: Place, seen: Seen) => string;

const conditions: readonly [Condition, ...Condition[]] = [
  ({ dice }, seen) => `${columnOf(dice, seen, ints)} ${dice.pick(comparing)} ${dice.roll(6)}`,
  ({ dice }, seen) => `${columnOf(dice, seen, ints)} ${dice.pick(comparing)} ${dice.roll(6)}`,
  ({ dice }, seen) => `${columnOf(dice, seen, ["c"])} ${dice.pick(comparing)} '${dice.pick(words)}'`,
  ({ dice }, seen) => `${columnOf(dice, seen)} is ${dice.pick(["", "not "])}null`,
  ({ dice, around }, seen) => `${columnOf(dice, seen, ints)} ${dice.pick(comparing)} ${columnOf(dice, any(dice, around, seen), ints)}`,
  ({ dice }, seen) => `${columnOf(dice, seen, ints)} is ${dice.pick(["", "", "not "])}distinct from ${dice.pick(["1", "2", "null"])}`,
  ({ dice, around }, seen) => `${columnOf(dice, seen, ints)} is not distinct from ${columnOf(dice, any(dice, around, seen), ints)}`,
  ({ dice }, seen) => `${columnOf(dice, seen, ints)} ${dice.pick(["", "not "])}in (${dice.roll(4)}, ${dice.roll(9)})`,
  ({ dice }, seen) => equalities(dice, seen),
  ({ dice }, seen) => dateCondition(dice, seen),
  ({ dice }, seen) => `coalesce(${columnOf(dice, seen, ints)}, 1) = ${dice.roll(3)}`,
  ({ dice }, seen) =>
    `10 / ${dice.happens(0.2) ? columnOf(dice, seen, ints) : `nullif(${columnOf(dice, seen, ints)}, 0)`} > ${dice.roll(5)}`,
  (place, seen) => `${columnOf(place.dice, seen, ints)} not in (${subquery(place)})`,
  (place, seen) => `${columnOf(place.dice, seen, ints)} <> all (${subquery(place)})`,
  (place, seen) => `not (${columnOf(place.dice, seen, ints)} in (${subquery(place)}))`,
  (place, seen) => `${columnOf(place.dice, seen, ints)} in (${subquery(place)})`,
  (place) => `${place.dice.pick(["", "not "])}exists (${subquery(place)})`,
  (place) => `${count(place)} ${place.dice.pick(["> 0", "= 0", ">= 1", "<> 0", "> 1", "< 1", "<= 0", "= 1"])}`,
  (place, seen) => `${columnOf(place.dice, seen, ints)} ${place.dice.pick(comparing)} ${scalar(place)}`,
];

const any = (dice: Dice, around: readonly Seen[], seen: Seen) => around[dice.roll(around.length)] ?? seen;

function equalities(dice: Dice, seen: Seen): string {
  const isText = dice.happens(0.4);
  const column = columnOf(dice, seen, isText ? ["c"] : ints);
  const values = Array.from({ length: 2 + dice.roll(3) }, () => (isText ? `'${dice.pick(words)}'` : String(dice.roll(5))));
  return `(${values.map((value) => (dice.happens(0.2) ? `${value} = ${column}` : `${column} = ${value}`)).join(" or ")})`;
}

function dateCondition(dice: Dice, { of }: Seen): string {
  const column = `${of}d`;
  const day = dice.pick(["2026-05-01", "2026-05-02", "2026-01-01", "2026-06-01"]);
  return dice.pick([
    `date(${column}) ${dice.pick(["=", "<", ">", "<=", ">="])} '${day}'`,
    `${column}::date = date '${day}'`,
    `${column}::date between '${day}' and '2026-06-01'`,
    `date_trunc('${dice.pick(["month", "day", "year", "week"])}', ${column}) = '${day}'`,
    `extract(year from ${column}) = 2026`,
    `${column} ${dice.pick(comparing)} '${dice.pick(moments)}'`,
  ]);
}

/** A query of one column, that speaks of the query around at times. */
function subquery(place: Place, target = (seen: Seen) => columnOf(place.dice, seen, ints)): string {
  const { dice } = place;
  const from = fromOf(place);
  const [first] = from.seen;
  const outer = place.around.length > 0 && dice.happens(0.6) ? dice.pick([...place.around] as [Seen, ...Seen[]]) : undefined;
  const column = columnOf(dice, dice.pick(from.seen), ints);
  const key = first.table.unique.length > 0 && dice.happens(0.3) ? `${first.of}id` : column;
  const correlated = outer ? [`${key} ${dice.happens(0.9) ? "=" : "<"} ${columnOf(dice, outer, ints)}`] : [];
  const not = dice.happens(0.2) ? [`${column} is not null`] : [];
  const more = dice.happens(0.25) ? [conditionOf({ ...place, around: from.seen }, from.seen, 2)] : [];
  const conditions = [...correlated, ...not, ...more];
  return `select ${target(first)} from ${from.text}${conditions.length > 0 ? ` where ${conditions.join(" and ")}` : ""}`;
}

const count = (place: Place) =>
  `(${subquery(place, (seen) => (place.dice.happens(0.6) ? "count(*)" : `count(${columnOf(place.dice, seen)})`))})`;

export function scalar(place: Place): string {
  const { dice } = place;
  const aggregate = (seen: Seen) =>
    dice.pick([
      "count(*)",
      `count(${columnOf(dice, seen)})`,
      `max(${columnOf(dice, seen, ints)})`,
      `sum(${columnOf(dice, seen, ints)})`,
      `1 + min(${columnOf(dice, seen, ints)})`,
      `coalesce(max(${columnOf(dice, seen, ints)}), 0)`,
    ]);
  const isLookup = dice.happens(0.45);
  const value = (seen: Seen) => dice.pick([columnOf(dice, seen, ints), columnOf(dice, seen, ints), `coalesce(${seen.of}a, 7)`]);
  return `(${subquery(place, isLookup ? value : aggregate)})`;
}
