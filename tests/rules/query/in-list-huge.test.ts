import { expect, test } from "vitest";
import rule from "../../../src/rules/query/in-list-huge.ts";
import { testRule } from "../rule-test.ts";

const list = (length: number, value: (at: number) => string = String) => Array.from({ length }, (_, at) => value(at + 1)).join(", ");

const database = testRule(rule, {
  setup: `
    create table orders (id bigint primary key, code text, number int);
    create table items (order_id bigint, number int, primary key (order_id, number))`,
  bad: [
    {
      sql: `select 'é', code from orders o where o.id in (${list(1001)}) and o.number > 1`,
      at: `o.id in (${list(1001)})`,
      severity: "warning",
      message:
        "IN lists 1,001 values, which are sent, parsed and planned at each call, and a list of another length is another statement. Instead compare with one array, o.id = any ($1).",
      fix: null,
    },
    {
      sql: `select id from orders where code not in (${list(1200, (at) => `'c${at}'`)})`,
      message:
        "NOT IN lists 1,200 values, which are sent, parsed and planned at each call, and a list of another length is another statement. Instead compare with one array, code <> all ($1).",
    },
    { sql: `delete from orders where id in (${list(1500, (at) => `$${at}`)})` },
    {
      sql: `select number from items where (order_id, number) in (${list(1001, (at) => `(${at}, 1)`)})`,
      message:
        "IN lists 1,001 values, which are sent, parsed and planned at each call, and a list of another length is another statement. Instead join unnest() of one array for each column.",
    },
  ],
  good: [
    `select code from orders where id in (${list(1000)})`,
    `select code from orders where id = any ('{${list(2000)}}')`,
    "select code from orders where id = any ($1)",
    "select code from orders where id in (select order_id from items)",
    `select o.code from orders o join (values ${list(1500, (at) => `(${at})`)}) as v (id) on v.id = o.id`,
    `select array[${list(1500)}]`,
    `select code from orders where id in (${list(600)}) or number in (${list(600)})`,
  ],
  unknown: { bad: [`select code from orders where id in (${list(1001)})`], good: [] },
});

test("an index serves the array as it serves the list", async () => {
  await database.exec("set enable_seqscan = off");
  const conditionOf = async (condition: string) => {
    const { rows } = await database.query<{ "QUERY PLAN": string }>(
      `explain (costs off, generic_plan) select from orders where ${condition}`,
    );
    return rows.map((row) => row["QUERY PLAN"].trim()).find((line) => line.startsWith("Index Cond"));
  };
  expect(await conditionOf("id in (1, 2)")).toBe("Index Cond: (id = ANY ('{1,2}'::bigint[]))");
  expect(await conditionOf("id = any ('{1,2}')")).toBe("Index Cond: (id = ANY ('{1,2}'::bigint[]))");
});
