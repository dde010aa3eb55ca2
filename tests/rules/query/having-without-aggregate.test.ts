import { expect, test } from "vitest";
import rule from "../../../src/rules/query/having-without-aggregate.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (id bigint primary key, country text);
    create table orders (id bigint primary key, user_id bigint, status text, total numeric, at timestamptz);
    create function biggest(numeric) returns numeric language sql as 'select $1'`,
  bad: [
    {
      sql: "select status, count(*) from orders group by status having status = 'open'",
      at: "status = 'open'",
      severity: "info",
      message: "status = 'open' has no aggregate: it chooses rows, not groups, and belongs in WHERE, where Postgres moves it anyway.",
      fix: "select status, count(*) from orders where status = 'open' group by status",
    },
    {
      sql: "select status, sum(total) from orders where total > 1 or total < -1 group by status having count(*) > 3 and (status = 'a' or status = 'b') order by 2 limit 3",
      at: "status = 'a' or status = 'b'",
      fix: "select status, sum(total) from orders where (total > 1 or total < -1) and (status = 'a' or status = 'b') group by status having count(*) > 3 order by 2 limit 3",
    },
    {
      sql: "select o.user_id, max(o.at) from orders o\n where o.total > 5\n group by o.user_id\nhaving (o.user_id > 7)\n order by 1",
      fix: "select o.user_id, max(o.at) from orders o\n where o.total > 5 and o.user_id > 7\n group by o.user_id\n order by 1",
    },
    {
      sql: "select user_id, count(*) from orders group by user_id having user_id in (select id from users where country = 'CH')",
      severity: "warning",
      at: "user_id in (select id from users where country = 'CH')",
      message:
        "user_id in (select id from users where country = 'CH') has no aggregate, but in HAVING Postgres groups all rows before it asks the subquery. In WHERE it asks first and groups only what is left.",
      fix: "select user_id, count(*) from orders where user_id in (select id from users where country = 'CH') group by user_id",
    },
    {
      sql: "select user_id from orders o group by user_id having not exists (select from users u where u.id = o.user_id)",
      severity: "warning",
    },
    {
      sql: "select date_trunc('day', at) from orders group by date_trunc('day', at) having date_trunc('day', at) < now()",
      at: "date_trunc('day', at) < now()",
    },
    { sql: "select id from users where id in (select user_id from orders group by user_id having user_id > 5)", at: "user_id > 5" },
    {
      sql: "select u.country, count(*) from users u join orders o on o.user_id = u.id group by u.country having u.country is not null and max(o.total) > 3",
    },
  ],
  good: [
    "select status, count(*) from orders group by status having count(*) > 3",
    "select status, count(*) from orders where status = 'open' group by status",
    "select status, count(*) from orders group by status having status = 'open' or count(*) > 3",
    "select status, count(*) from orders group by status having status = max(status)",
    "select status, count(*) from orders group by rollup (status) having status is not null",
    "select status, count(*) from orders group by status having random() < 0.5",
    "select status, count(*) from orders group by status having status = chr((random() * 100)::int)",
    "select status, count(*) from orders group by status having biggest(length(status)) > 3",
    "select count(*) from orders having true",
    "select sum(total) from orders having sum(total) > 0",
    "select user_id, count(*) from orders o group by user_id having (select country from users u where u.id = o.user_id) = 'CH'",
    "select user_id from orders o group by user_id having exists (select from users u having max(o.total) > count(*))",
    "select status, count(*) from orders group by status having bool_and(total > 3)",
    "select status from orders group by status having count(*) filter (where total > 3) > 1",
    "select country from users u where exists (select user_id from orders o group by user_id having count(*) > 3 and u.country = 'CH')",
  ],
  unknown: {
    bad: ["select kind, count(*) from logs group by kind having kind <> 'debug'"],
    good: ["select kind, count(*) as n from logs group by kind having n > 3", "select kind from logs group by kind having median(x) > 3"],
  },
});

const plan = async (sql: string) =>
  (await database.query<{ "QUERY PLAN": string }>(`explain (costs off) ${sql}`)).rows.map((row) => row["QUERY PLAN"].trim());

test("Postgres moves a plain condition below the grouping itself", async () => {
  expect(await plan("select status, count(*) from orders group by status having status = 'open'")).toEqual([
    "GroupAggregate",
    "->  Seq Scan on orders",
    "Filter: (status = 'open'::text)",
  ]);
});

test("Postgres keeps a subquery of HAVING above the grouping, and of WHERE below it", async () => {
  const [first, ...later] = await plan("select user_id from orders group by user_id having user_id in (select id from users)");
  expect([first, later.find((line) => line.startsWith("Filter"))]).toEqual([
    "HashAggregate",
    "Filter: (ANY (orders.user_id = (hashed SubPlan 1).col1))",
  ]);
  expect(await plan("select user_id from orders where user_id in (select id from users) group by user_id")).toContain("->  Hash Join");
});
