import { expect, test } from "vitest";
import rule from "../../../src/rules/query/implicit-type-mismatch.ts";
import { castBeside } from "../../../src/sql/comparison-types.ts";
import { shapeOfType } from "../../../src/sql/type-name.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create type mood as enum ('sad', 'glad');
    create domain amount as bigint;
    create table orders (
      id bigint primary key, customer integer, year smallint, price numeric, weight double precision, sku char(8), code varchar(20), note text,
      at timestamptz, local timestamp, due date, opens time, mood mood, amount amount);
    create index on orders (customer);
    create index on orders (sku);
    create index on orders (code);
    create index on orders (at);
    create index on orders (due);
    create index on orders (price);
    create table customers (id numeric primary key, number integer, name text, tag char(8), tenant_id bigint, rank numeric);
    create index on customers (tenant_id);
    create index on customers (number);
    create index on customers (tag);
    create table colours (id int primary key);
    create view recent as select * from orders`,
  rows: { orders: 4_000_000, customers: 50_000, colours: 12 },
  bad: [
    {
      sql: "select note from orders where id = 5.0",
      at: "id = 5.0",
      object: "orders.id",
      severity: "error",
      message:
        "5.0 is numeric, so Postgres casts orders.id from bigint to numeric in every row of orders (about 4,000,000 rows), and no index on it can serve.",
      fix: "select note from orders where id = 5",
    },
    { sql: "select note from orders o where o.id = $1::numeric", at: "o.id = $1::numeric", fix: null },
    { sql: "select note from orders where id = any ($1::numeric[])", fix: null },
    { sql: "select note from orders where id in (1, 2.5, 3)", fix: null },
    { sql: "select note from orders where id in (1, 2.0)", fix: "select note from orders where id in (1, 2)" },
    { sql: "select note from orders where 5::float8 >= customer", fix: "select note from orders where 5 >= customer" },
    { sql: "select note from orders where id = '1e3'::numeric", fix: "select note from orders where id = 1000" },
    { sql: "select note from orders where id = 99999999999999999999", fix: null },
    { sql: "select note from orders where id = 1.5", fix: null },
    { sql: "select note from orders where customer between 1 and 2.5", at: "customer between 1 and 2.5" },
    {
      sql: "select note from orders where year = extract(year from now())",
      severity: "info",
      object: "orders.year",
      message:
        "extract(year from now()) is numeric, so Postgres casts orders.year from smallint to numeric in every row of orders (about 4,000,000 rows), and no index on it can serve.",
    },
    { sql: "select note from orders where customer = date_part('year', at)::numeric or customer = floor($1::numeric)", fix: null },
    { sql: "select note from orders where price = 5::float8", fix: null },
    { sql: "select note from orders where sku = 'abc'::text", fix: "select note from orders where sku = 'abc'" },
    { sql: "select note from orders where sku = $1::text", fix: null },
    { sql: "select note from orders where code = $1::bpchar", object: "orders.code" },
    { sql: "select note from orders where customer = (select avg(number) from customers)", object: "orders.customer" },
    { sql: "select note from orders where customer > 2 * 1.5", at: "customer > 2 * 1.5" },
    { sql: "select o.note from orders o join customers c on c.id = o.customer", object: "orders.customer", severity: "warning" },
    { sql: "select o.note from orders o join customers c on c.tag = o.note", object: "customers.tag", severity: "warning" },
    { sql: "select o.note from orders o join customers c on c.tag = o.code", object: "orders.code" },
    { sql: "select o.note from orders o, customers c where o.year = c.rank", object: "orders.year", severity: "info" },
    { sql: "update orders set note = 'x' where id = 7.0", fix: "update orders set note = 'x' where id = 7" },
    { sql: "select number from customers where number = 5.0", severity: "warning" },
    { sql: "select note from orders where id = 5.0 or id = 6.0", fix: null },
  ],
  good: [
    "select note from orders where id = 5 or id = '5' or id = 5::smallint or id = 99999999999",
    "select note from orders where id = $1",
    "select note from orders where customer = $1::bigint or customer = any ($2::bigint[]) or year = 70000",
    "select note from orders where price = 5 or price = 5::bigint or price > 1.5",
    "select note from orders where weight = 1.5 or weight = 5 or weight = 5::numeric",
    "select note from orders where at >= '2024-01-01'::date or at < '2024-01-01'::timestamp or at > current_date",
    "select note from orders where due = now() or due >= '2024-01-01'::timestamptz or local > now()",
    "select note from orders where note = 'x'::varchar or note = 'x'::char(3) or code = 'x'::text or sku = 'x'::varchar or sku = 'x'",
    "select note from orders where mood = 'sad' or amount = 5",
    "select note from orders where id <> 5.0",
    "select note from orders where id = 7 and customer = 5.0",
    "select note from orders where year = extract(year from now())::int",
    "select note from orders where customer + 0.5 = 1.5",
    "select o.note from orders o join customers c on c.number = o.id",
    "select o.note from orders o join customers c on c.name = o.code",
    "select number from customers where tenant_id = $1 and number = 5.0",
    "select id from colours where id = 5.0",
    "select note from recent where id = 5.0",
    "select note from orders where customer = price",
    "select id * 1.5 from orders where price * 2 > 5.0",
    "select o.note from orders o where exists (select from customers c where c.number = o.id)",
    "select n from generate_series(1, 9) n where n = 5.0",
    "select note from orders where customer = (select max(number) from customers)",
  ],
  unknown: { bad: [], good: ["select id from orders where id = 5.0"] },
});

const values: Readonly<Record<string, string>> = {
  smallint: "1",
  integer: "1",
  bigint: "1",
  numeric: "1",
  real: "1",
  "double precision": "1",
  oid: "1",
  text: "'a'",
  "character varying": "'a'",
  character: "'a'",
  date: "'2024-01-01'",
  "timestamp without time zone": "'2024-01-01'",
  "timestamp with time zone": "'2024-01-01'",
  "time without time zone": "'10:00'",
  "time with time zone": "'10:00'",
  interval: "'1 day'",
  uuid: "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
  inet: "'10.0.0.1'",
  cidr: "'10.0.0.1'",
  boolean: "true",
  bytea: "'a'",
  money: "'1'",
  jsonb: "'1'",
  bit: "'1'",
  "bit varying": "'1'",
  macaddr: "'08:00:2b:01:02:03'",
};

test("of all pairs of types that Postgres compares, those make it cast the column for which the rule says so, to that type", async () => {
  const names = Object.keys(values);
  const columns = names.map((name, at) => `c${at} ${name}`).join();
  const indexes = names.map((_, at) => `create index on pairs (c${at});`).join("");
  await database.exec(`create table pairs (${columns}); ${indexes} set enable_seqscan = off`);
  const pairs = names.flatMap((own, at) => names.map((other) => ({ own, other, column: `c${at}` })));
  const wrong: string[] = [];
  for (const { own, other, column } of pairs) {
    const plan = await planOf(`select from pairs where ${column} = cast(${values[other]} as ${other})`);
    const cast = castBeside(shapeOfType(own), shapeOfType(other))?.replace(/^character$/, "bpchar");
    const expected = cast === undefined ? "Index Cond:" : `Filter: ((${column})::${cast} =`;
    if (plan !== undefined && !plan.includes(expected)) wrong.push(`${own} = ${other}: ${plan}`);
  }
  expect(wrong).toEqual([]);
});

/** Undefined where there is no such operator. */
async function planOf(sql: string): Promise<string | undefined> {
  try {
    const { rows } = await database.query<{ "QUERY PLAN": string }>(`explain (costs off) ${sql}`);
    return rows.map((row) => row["QUERY PLAN"].trim()).join("; ");
  } catch {
    return undefined;
  }
}
