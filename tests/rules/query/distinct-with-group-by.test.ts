import { expect, test } from "vitest";
import rule from "../../../src/rules/query/distinct-with-group-by.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (id bigint primary key, country text, "Plan" text);
    create table orders (id bigint primary key, user_id bigint references users, status text, total numeric, at timestamptz, tags text[])`,
  bad: [
    {
      sql: "select distinct status, count(*) from orders group by status",
      at: "distinct",
      severity: "info",
      message: "GROUP BY status gives one row for each group already, so DISTINCT only sorts or hashes the result once more.",
      fix: "select status, count(*) from orders group by status",
    },
    { sql: "select distinct status from orders group by 1", fix: "select status from orders group by 1" },
    {
      sql: "with s as (SELECT  DISTINCT -- each\n (o.status) as s, sum(o.total) from orders o group by s order by 2) select * from s",
      at: "DISTINCT",
      fix: "with s as (SELECT  (o.status) as s, sum(o.total) from orders o group by s order by 2) select * from s",
    },
    { sql: "select distinct date_trunc('day', at), max(total) from orders group by date_trunc('day', at)" },
    { sql: "select distinct user_id, status from orders where status = 'open' group by status, user_id" },
    { sql: "select distinct user_id from orders where status = 'open' group by user_id, status" },
    { sql: 'select distinct u.id, count(*) from users u join orders o on o.user_id = u.id group by u.id, u.country, u."Plan"' },
    { sql: "select distinct o.user_id, count(*) from users u join orders o on o.user_id = u.id group by u.id, o.user_id" },
    { sql: "select id from users where id in (select distinct user_id from orders group by user_id having count(*) > 3)" },
  ],
  good: [
    "select status, count(*) from orders group by status",
    "select distinct status from orders",
    "select distinct count(*) from orders group by status",
    "select distinct status, count(*) from orders group by status, user_id",
    "select distinct lower(status), count(*) from orders group by status",
    "select distinct on (status) status, user_id, count(*) from orders group by status, user_id order by status, count(*) desc",
    "select status, count(distinct user_id) from orders group by status",
    "select distinct status, count(*) from orders group by rollup (status)",
    "select distinct status, count(*) from orders group by grouping sets ((status), (status))",
    "select distinct status, unnest(array_agg(user_id)) from orders group by status",
    "select distinct country, count(*) from users u join orders o on o.user_id = u.id group by u.id",
    "select distinct status from (select status, user_id from orders group by status, user_id) s",
  ],
  unknown: {
    bad: ["select distinct kind, count(*) from logs group by kind"],
    good: ["select distinct kind, count(*) from logs group by kind, day", "select distinct max(x) from logs group by kind"],
  },
});

test("Postgres does not see that DISTINCT is needless: it compares the groups again", async () => {
  const plan = async (sql: string) =>
    (await database.query<{ "QUERY PLAN": string }>(`explain (costs off) ${sql}`)).rows.map((row) => row["QUERY PLAN"].trim());
  const passes = (await plan("select distinct status, count(*) from orders group by status")).filter((line) =>
    /Aggregate|Unique/.test(line),
  );
  expect(passes).toHaveLength(2);
});

test("a group that is not shown may come twice, and DISTINCT then has a meaning", async () => {
  await database.exec("insert into orders (id, status, user_id) select n, 's' || n, null from generate_series(1, 3) n");
  expect((await database.query("select distinct count(*) from orders group by status")).rows).toEqual([{ count: 1 }]);
  expect((await database.query("select status from orders group by grouping sets ((status), (status))")).rows).toHaveLength(6);
});
