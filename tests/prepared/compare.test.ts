import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { parsePlan } from "../../src/plan/plan.ts";
import { comparePrepared, type Prepared } from "../../src/prepared/compare.ts";
import { described, genericPlanRisk } from "../../src/prepared/risk.ts";
import { parseWithPlaceholders } from "../../src/sql/placeholders.ts";
import { readQuery } from "../../src/sql/query.ts";
import type { Session } from "../../src/twin/twin.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { keptSession, wholeCatalog } from "../twin/twin.ts";

const schema = `
create table orders (id int primary key, status text not null, customer int not null, placed timestamptz not null, note text not null, memo text);
insert into orders
select i, case when i % 5000 = 0 then 'lost' when i % 3 = 0 then 'open' when i % 3 = 1 then 'paid' else 'sent' end, i * 7919 % 5000,
       timestamptz '2024-01-01Z' + i * interval '10 minutes', repeat('x', 100), null
  from generate_series(1, 100000) i;
-- A sample of all rows, so that the same is known each time.
alter table orders alter column status set statistics 1000;
create index orders_status_idx on orders (status);
create index orders_placed_idx on orders (placed);
create index orders_customer_idx on orders (customer);
create table customers (id int primary key, name text not null);
insert into customers select i, 'Name ' || i from generate_series(1, 5000) i;
vacuum analyze orders, customers;
`;

let catalog: Catalog;
let session: Session;
let client: pg.Client;

beforeAll(async () => {
  const { url } = await freshDatabase(18);
  client = new pg.Client(url);
  await client.connect();
  for (const statement of schema.split(/;\n/).filter((part) => part.trim() !== "")) await client.query(statement);
  catalog = await wholeCatalog(url);
  session = await keptSession(catalog);
}, 60_000);

afterAll(() => client.end());

async function compared(sql: string): Promise<Prepared | undefined> {
  const [statement] = await parseWithPlaceholders(sql);
  if (!statement) throw new Error("no statement");
  const query = readQuery(statement, ({ name }) => catalog.tables.find((table) => table.name === name));
  return comparePrepared({ session, searchPath: catalog.settings.searchPath, query });
}

/** Named after what Postgres does from the sixth execution on. */
const cases = {
  "generic, made for a narrow range": {
    sql: "select * from orders where placed >= $1 and placed < $2",
    many: "'2024-01-01Z', '2026-01-01Z'",
    few: "'2024-12-01Z', '2024-12-08Z'",
    keeps: "generic",
    risk: /^From its sixth execution on, a prepared statement is run by a plan of cost [\d.]+ that was made without its values; for a wide range of placed the plan would be another, of cost [\d,]+\.$/,
  },
  "custom, for a list of unknown length": {
    sql: "select * from orders where status = any ($1)",
    many: "'{open}'",
    few: "'{lost}'",
    keeps: "custom",
    risk: undefined,
  },
  "what the first five say, of a skewed column": {
    sql: "select * from orders where status = $1",
    many: "'open'",
    few: "'lost'",
    keeps: "by the first five",
    risk: /^A prepared statement whose first five executions cost more than [\d,]+ on average is then run by a plan that was made without its values; for a rare value of status \(0\.0\d+ % of the rows\) the plan would be another, of cost [\d.]+\.$/,
  },
  "generic, for a key": { sql: "select * from orders where id = $1", many: "7", few: "77", keeps: "generic", risk: undefined },
} as const;
const named = Object.entries(cases);

test.each(named)("what is kept is told: %s", async (_, { sql, keeps, risk }) => {
  const found = await compared(sql);
  expect(found?.keeps).toBe(keeps);
  const message = found && genericPlanRisk(found)?.message;
  if (risk) expect(message).toMatch(risk);
  else expect(message).toBeUndefined();
});

async function onServer(mode: string, sql: string, values: string) {
  await client.query(`set plan_cache_mode = ${mode}; prepare asked as ${sql}`);
  const { rows } = await client.query(`explain (verbose, format json) execute asked (${values})`);
  await client.query("deallocate asked; reset plan_cache_mode");
  return parsePlan(rows[0]["QUERY PLAN"]);
}

test.each(named)("a real server expects what the twin does of the plans: %s", async (_, { sql, many, few }) => {
  const found = await compared(sql);
  const [common, rare = common] = found?.custom ?? [];
  for (const [made, mode, values] of [
    [found?.generic, "force_generic_plan", many],
    [common, "force_custom_plan", many],
    [rare, "force_custom_plan", few],
  ] as const) {
    const plan = await onServer(mode, sql, values);
    expect(made?.outline.split(/ [(u]/)[0]).toBe(plan.root.title.split(/ [(u]/)[0]);
    expect((made?.cost ?? 0) / plan.root.totalCost).toBeGreaterThan(0.8);
    expect((made?.cost ?? 0) / plan.root.totalCost).toBeLessThan(1.25);
  }
});

/** How often a real server takes the generic plan in eight executions of these values. */
async function genericOf(sql: string, values: string): Promise<number> {
  await client.query(`prepare asked as ${sql}`);
  for (let times = 0; times < 8; times++) await client.query(`explain execute asked (${values})`);
  const { rows } = await client.query("select generic_plans::int4 as generic from pg_prepared_statements where name = 'asked'");
  await client.query("deallocate asked");
  return rows[0].generic;
}

test.each(named)("a real server keeps what is told: %s", async (_, { sql, many, few, keeps }) => {
  const expected = { generic: [3, 3], custom: [0, 0], "by the first five": [3, 0] }[keeps];
  expect([await genericOf(sql, many), await genericOf(sql, few)]).toEqual(expected);
});

test("a value is told by what it is, never by itself", async () => {
  const found = await compared("select * from orders where status = :status and placed > :since");
  expect(
    found?.custom.map(({ values }) => values.map(({ parameter, ...drawn }) => `${parameter}: ${described({ parameter, ...drawn })}`)),
  ).toEqual([
    [":status: a common value of status (33 % of the rows)", ":since: a wide range of placed"],
    [expect.stringMatching(/^:status: a rare value of status \(0\.\d+ % of the rows\)$/), ":since: a narrow range of placed"],
  ]);
  expect(JSON.stringify(found)).not.toMatch(/lost|open|paid|sent|202\d-/);
});

test("the page of a list is short, so its plan differs from one for any LIMIT", async () => {
  const found = await compared("select * from orders where placed > $1 order by placed limit $2 offset $3");
  expect(found?.custom.map(({ rows }) => rows)).toEqual([10, 10]);
  expect(found?.generic.rows).toBeGreaterThan(1_000);
  expect(found?.keeps).toBe("custom");
});

test.each([
  ["select * from orders where status = 'open'", "there are no placeholders"],
  ["select * from orders where note like $1", "a pattern is no value of the statistics"],
  ["select * from orders where status = $1 and length(note) > $2", "one of two is compared with no column"],
  ["select * from orders where memo = $1", "the statistics have no value"],
  ["insert into customers values ($1, $2)", "nothing is found by it"],
  ["select * from orders where nothing = $1", "it cannot be planned"],
])("%s is not compared: %s", async (sql) => {
  expect(await compared(sql)).toBeUndefined();
});

test.each([
  "select * from orders where ($1::text is null or status = $1)",
  "select * from orders where status in ($1, $2)",
  "select * from orders join customers c on c.id = orders.customer where c.name = $1 and orders.status = $2",
  "update orders set note = $2 where status = $1",
])("%s is compared", async (sql) => {
  expect((await compared(sql))?.custom.length).toBe(2);
});

test("the twin is left as it was, and the role's own plan_cache_mode decides", async () => {
  const state = () => session.read("select name from pg_prepared_statements union all select current_setting('plan_cache_mode')");
  const before = await state();
  await compared("select * from orders where status = $1");
  expect(await state()).toEqual(before);
  await session.run(["set local plan_cache_mode = force_custom_plan"]);
  expect((await compared("select * from orders where id = $1"))?.keeps).toBe("custom");
  await session.run(["set local plan_cache_mode = auto"]);
});
