/** SELECTs made up from a seed: valid to parse, of every shape that a walk can lose its way in. */
export function madeUpSelects(count: number, seed: number): readonly string[] {
  const random = numbersFrom(seed);
  return Array.from({ length: count }, () => select(3, random));
}

type Random = (below: number) => number;

/** A linear congruential generator (the constants of Numerical Recipes), so that a failure can be had again. */
export function numbersFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const pick = <Item>(items: readonly [Item, ...Item[]], random: Random): Item => items[random(items.length)] ?? items[0];

const tables = ["users", "orders", "lines", '"Line Items"', "shop.products", 'shop."Prix €"', '"order"'] as const;
const columns = ["id", "user_id", "total", '"Nom"', '"é😀"', "status", "created_at"] as const;
const aliases = ["a", "b", "c", '"D d"', "e1"] as const;

const many = (random: Random, least: number, most: number, make: () => string, separator: string) =>
  Array.from({ length: least + random(most - least + 1) }, make).join(separator);

function select(depth: number, random: Random): string {
  const targets = many(random, 1, 3, () => `${value(depth - 1, random)}${random(3) ? "" : " as named"}`, ", ");
  const withQuery = depth > 1 && random(6) === 0;
  const conditions = [...(random(3) ? [condition(depth - 1, random)] : []), ...(withQuery ? [`exists (select 1 from w${depth})`] : [])];
  const where = conditions.length > 0 ? ` where ${conditions.join(" and ")}` : "";
  const grouped = random(5) ? "" : ` group by ${column(random)} having count(${column(random)}) > 1`;
  const core = `select ${random(8) ? "" : "distinct "}${targets} from ${from(depth, random)}${where}${grouped}`;
  const start = withQuery ? `with w${depth} as (${select(depth - 1, random)}) ` : "";
  if (depth > 1 && random(6) === 0) return `${start}${core} union all (${select(depth - 1, random)})`;
  return `${start}${core}${random(4) ? "" : ` order by ${value(1, random)} desc limit 5`}`;
}

const column = (random: Random) => (random(2) ? `${pick(aliases, random)}.${pick(columns, random)}` : pick(columns, random));

function from(depth: number, random: Random): string {
  const first = item(depth, random);
  const joins = many(random, 0, 2, () => join(depth, random), "");
  return `${first}${joins}${random(4) ? "" : `, ${item(depth, random)}`}`;
}

function item(depth: number, random: Random): string {
  if (depth > 1 && random(4) === 0) return `(${select(depth - 1, random)}) as ${pick(aliases, random)}`;
  return `${pick(tables, random)}${random(3) ? ` as ${pick(aliases, random)}` : ""}`;
}

function join(depth: number, random: Random): string {
  const kind = pick(["join", "inner join", "left join", "right join", "full join"], random);
  if (random(5) === 0) return ` cross join ${item(depth, random)}`;
  return random(4) ? ` ${kind} ${item(depth, random)} on ${condition(1, random)}` : ` ${kind} ${item(depth, random)} using (id)`;
}

function value(depth: number, random: Random): string {
  if (depth <= 0 || random(3) === 0) return pick([column(random), column(random), "1", "'é€😀 $1'", "null"], random);
  const inner = () => value(depth - 1, random);
  return pick(
    [
      () => `lower(${inner()})`,
      () => `(${inner()} + ${inner()}) * 2`,
      () => `coalesce(${inner()}, ${inner()})`,
      () => `case when ${condition(depth - 1, random)} then ${inner()} else ${inner()} end`,
      () => `${column(random)}::text`,
      () => `(select ${inner()} from ${from(depth, random)})`,
      () => `sum(${inner()}) over (partition by ${column(random)} order by ${column(random)})`,
      () => `${inner()} || ${inner()}`,
      () => `(${column(random)} ->> 'key')`,
    ],
    random,
  )();
}

function condition(depth: number, random: Random): string {
  const operand = () => value(depth - 1, random);
  if (depth <= 0) return `${column(random)} = ${pick(["1", "'x'", column(random)], random)}`;
  return pick(
    [
      () => `${operand()} ${pick(["=", "<>", "<", ">="], random)} ${operand()}`,
      () => `(${condition(depth - 1, random)} or ${condition(depth - 1, random)})`,
      () => `${condition(depth - 1, random)} and ${condition(depth - 1, random)}`,
      () => `not (${condition(depth - 1, random)})`,
      () => `${column(random)} is ${random(2) ? "not " : ""}null`,
      () => `${column(random)} in (select ${column(random)} from ${from(depth, random)})`,
      () => `exists (select 1 from ${from(depth, random)} where ${condition(depth - 1, random)})`,
      () => `${column(random)} between 1 and ${column(random)}`,
      () => `${column(random)} in (1, ${column(random)})`,
      () => `${column(random)} like '%x'`,
    ],
    random,
  )();
}
