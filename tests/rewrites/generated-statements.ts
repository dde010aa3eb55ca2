import { columnOf, conditionOf, fromOf, ints, joinCondition, type Place, type Seen, scalar, whereOf } from "./generated-conditions.ts";
import type { Dice } from "./generated-schema.ts";

/** A statement that some pattern may fit, or nearly. */
export const madeStatement = (dice: Dice, tables: Place["tables"]): string => dice.pick(forms)({ dice, tables, around: [] });

type Form = (place: Place) => string;

/** Some come more often: more patterns fit them. */
const forms: readonly [Form, ...Form[]] = [
  (place) => selectOf(place),
  (place) => selectOf(place),
  paged,
  paged,
  partnered,
  partnered,
  grouped,
  counted,
  counted,
  united,
  united,
  withQueries,
  unmatched,
  firstOfGroup,
  (place) => selectOf(place, { subqueries: true }),
];

interface Wanted {
  readonly subqueries?: boolean;
}

function selectOf(place: Place, { subqueries = false }: Wanted = {}): string {
  const { dice } = place;
  const from = fromOf(place, 3);
  const count = 1 + dice.roll(3);
  const targets = Array.from({ length: count }, (_, at) => {
    if ((subqueries && at < 2) || dice.happens(0.03)) return scalar({ ...place, around: from.seen });
    if (dice.happens(0.08)) return overRows(dice, dice.pick(from.seen));
    return dice.happens(0.15) ? dice.pick([`${dice.pick(from.seen).name}.*`, "*"]) : columnOf(dice, dice.pick(from.seen));
  });
  return `select ${targets.join(", ")} from ${from.text}${whereOf(place, from.seen)}`;
}

/** What a window computes; where its order is open, any number is as good as another. */
const overRows = (dice: Dice, { of, table }: Seen) =>
  dice.pick([
    `count(*) over (partition by ${of}a)`,
    `row_number() over (order by ${of}b, ${of}id)`,
    `sum(${of}a) over (order by ${of}b)`,
    `lag(${of}a) over (partition by ${of}r order by ${of}id)`,
    `rank() over (order by ${of}${table.unique.length > 0 ? "id" : "c"})`,
  ]);

function paged(place: Place): string {
  const { dice } = place;
  const from = fromOf(place, 3);
  const [first] = from.seen;
  const columns = Array.from({ length: dice.roll(3) }, () => columnOf(dice, dice.pick(from.seen)));
  const keys = from.seen.map(({ of }) => `${of}id`);
  const direction = dice.pick(["", "", " desc"]);
  const isTotal = dice.happens(0.8);
  const parts = [...columns, ...(isTotal ? keys : [])].map((key) => {
    const nulls = dice.happens(0.1) ? dice.pick([" nulls first", " nulls last"]) : "";
    return `${key}${dice.happens(0.85) ? direction : dice.pick(["", " desc"])}${nulls}`;
  });
  const order = parts.length > 0 ? ` order by ${parts.join(", ")}` : "";
  const offset = dice.happens(0.7) ? ` offset ${dice.roll(5)}` : "";
  const limit = dice.happens(0.85) ? ` limit ${1 + dice.roll(4)}` : "";
  const targets = [`${first.of}id`, dice.happens(0.1) ? "*" : columnOf(dice, dice.pick(from.seen))];
  const where = whereOf(place, from.seen);
  // Where ids are not unique, the order is open, and no two plans need agree: nothing may be proposed then.
  return `select ${targets.join(", ")} from ${from.text}${where}${order}${limit}${offset}`;
}

/** DISTINCT over a join. */
function partnered(place: Place): string {
  const { dice } = place;
  const from = fromOf(place, 3);
  const [first] = from.seen;
  const targets = dice.pick([
    `${first.of}id, ${first.of}c`,
    `${columnOf(dice, first)}`,
    `${first.name}.*`,
    columnOf(dice, dice.pick(from.seen)),
    `${first.of}id, ${dice.pick([`sum(${first.of}a)`, `generate_series(1, 2)`, overRows(dice, first)])}`,
    dice.pick([`sum(${first.of}b)`, `count(${first.of}c)`, `max(${first.of}a)`]),
  ]);
  const order = dice.happens(0.2) ? " order by 1" : "";
  return `select distinct ${targets} from ${from.text}${whereOf(place, from.seen)}${order}`;
}

function grouped(place: Place): string {
  const { dice } = place;
  const from = fromOf(place, 3);
  const by = columnOf(dice, dice.pick(from.seen), ints);
  const { of } = dice.pick(from.seen);
  const last = dice.pick([
    `max(${columnOf(dice, dice.pick(from.seen), ints)})`,
    `max(${columnOf(dice, dice.pick(from.seen), ints)})`,
    `string_agg(${of}c, ',')`,
    `string_agg(${of}c, ',' order by ${of}c)`,
    `array_agg(${of}a order by ${of}id)`,
    `10 / sum(${of}a)`,
  ]);
  return `select ${by}, count(*), ${last} from ${from.text}${whereOf(place, from.seen)} group by ${by}${dice.happens(0.2) ? " having count(*) > 1" : ""}`;
}

function counted(place: Place): string {
  const { dice } = place;
  const child = place.tables.find(({ parent }) => parent !== undefined);
  if (child?.parent && dice.happens(0.5)) {
    const [x, y] = [
      { name: "x", of: "x.", table: child },
      { name: "y", of: "y.", table: child.parent },
    ];
    const listed = dice.happens(0.5)
      ? ([`${child.name} x, ${y.table.name} y`, ["x.r = y.id"]] as const)
      : ([`${child.name} x join ${y.table.name} y on y.id = x.r`, []] as const);
    return `select ${dice.pick(["count(*)", "count(x.a)", "x.id, x.a"])} from ${listed[0]}${whereOf(place, [dice.happens(0.9) ? x : y], listed[1])}`;
  }
  const from = fromOf(place, 3);
  const count = dice.happens(0.7) ? "count(*)" : `count(${columnOf(dice, dice.pick(from.seen))})`;
  return `select ${count}${dice.pick([" > 0", "", "", " = 0"])} from ${from.text}${whereOf(place, from.seen)}`;
}

function united(place: Place): string {
  const { dice } = place;
  const kind = dice.pick(["union", "union", "union all", "union", "except", "intersect"]);
  const isTold = dice.happens(0.5);
  const branch = (number: number) => {
    const from = dice.happens(0.5) ? fromOf(place) : fromOf(place, 1);
    const [{ of }] = from.seen;
    const more = dice.happens(0.5) ? [dice.pick([`${of}a = ${number}`, `${of}a > ${number * 2}`, `${of}a is null`, `${of}a <= 2`])] : [];
    const told = isTold ? `${dice.happens(0.9) ? number : 1}, ` : "";
    return `select ${dice.happens(0.1) ? "distinct " : ""}${told}${of}id, ${of}a from ${from.text}${whereOf(place, from.seen, more)}`;
  };
  return `${branch(1)} ${kind} ${branch(2)}${dice.happens(0.2) ? ` union ${branch(3)}` : ""}`;
}

function withQueries(place: Place): string {
  const { dice } = place;
  const how = dice.pick(["", " materialized", " not materialized"]);
  const from = fromOf(place);
  const [{ of }] = from.seen;
  const inside = `select ${of}id, ${of}a from ${from.text}${whereOf(place, from.seen)}`;
  const isTwice = dice.happens(0.6);
  const condition = `q.a = ${dice.roll(4)}`;
  return `with q as${how} (${inside}) select q.* from q${isTwice ? " join q q2 on q2.id = q.id" : ""} where ${condition}`;
}

function unmatched(place: Place): string {
  const { dice } = place;
  const from = fromOf(place);
  const other: Seen = { name: "other", of: "other.", table: dice.pick(place.tables) };
  const on = joinCondition(dice, dice.pick(from.seen), other);
  const extra = dice.happens(0.3) ? ` and ${conditionOf({ ...place, around: [] }, [other], 2)}` : "";
  const test = `${columnOf(dice, other, ints)} is null`;
  const target = columnOf(dice, dice.pick(dice.happens(0.9) ? from.seen : [other]));
  const text = `${from.text} left join ${other.table.name} other on ${on}${extra}`;
  return `select ${target}, ${columnOf(dice, from.seen[0])} from ${text}${whereOf(place, from.seen, [test])}`;
}

function firstOfGroup(place: Place): string {
  const { dice, tables } = place;
  const table = tables.find(({ parent }) => parent !== undefined) ?? dice.pick(tables);
  const by = dice.pick(["x.r", "x.r", "x.a", "x.r, x.a"]);
  const direction = dice.pick(["", " desc"]);
  const then = dice.pick(["x.b, x.id", "x.id", "x.d desc, x.id", "x.b"]);
  const limit = dice.happens(0.2) ? " limit 2" : "";
  const where = whereOf(place, [{ name: "x", of: "x.", table }]);
  return `select distinct on (${by}) x.id, x.r from ${table.name} x${where} order by ${by}${direction}, ${then}${limit}`;
}
