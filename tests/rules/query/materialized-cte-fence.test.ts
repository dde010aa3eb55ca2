import { expect, test } from "vitest";
import rule from "../../../src/rules/query/materialized-cte-fence.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (id bigint primary key, email text not null);
    create table orders (id bigint primary key, user_id bigint not null, status text, total numeric, created_at timestamptz);
    create index on orders (user_id);
    create index on orders (created_at);
    create table plans (id bigint primary key, name text);
    create view open_orders as select * from orders where status = 'open'`,
  rows: { users: 5000, orders: 90000, plans: 5 },
  bad: [
    {
      sql: "with recent as materialized (select * from orders where status = 'open') select total from recent where recent.user_id = $1",
      at: "materialized",
      object: "recent",
      severity: "warning",
      message:
        "MATERIALIZED makes Postgres compute all of recent before it tests recent.user_id = $1, which an index of orders would serve.",
      fix: "with recent as (select * from orders where status = 'open') select total from recent where recent.user_id = $1",
    },
    {
      sql: "with o as (select * from orders) select a.total, b.total from o a, o b where a.id = 5 and b.id = 6",
      at: "o",
      severity: "info",
      message: "o is read 2 times, so Postgres computes all of it before it tests a.id = 5, which an index of orders would serve.",
      fix: "with o as not materialized (select * from orders) select a.total, b.total from o a, o b where a.id = 5 and b.id = 6",
    },
    {
      sql: "with o as materialized (select * from orders) select a.total, b.total from o a, o b where a.id = 5 and b.id = 6",
      at: "materialized",
      fix: "with o as not materialized (select * from orders) select a.total, b.total from o a, o b where a.id = 5 and b.id = 6",
    },
    {
      sql: "with sums (buyer, total) as materialized (select user_id, sum(total) from orders group by user_id) select * from sums where 7 = buyer",
      fix: "with sums (buyer, total) as (select user_id, sum(total) from orders group by user_id) select * from sums where 7 = buyer",
    },
    "with o as materialized (select * from orders) select * from o where created_at >= now() - interval '1 day'",
    "with o as materialized (select user_id as buyer, total from orders) select * from users u join o on o.buyer = 5 and o.total > u.id",
    {
      sql: "with o as (select * from orders) select (select total from o where id = 3), (select total from o where id = 4)",
      object: "o",
    },
  ],
  good: [
    "with o as (select * from orders) select * from o where user_id = $1",
    "with o as not materialized (select * from orders) select a.total, b.total from o a, o b where a.id = 5 and b.id = 6",
    "with o as materialized (select * from orders) select * from o",
    "with o as materialized (select * from orders) select * from o where total > 5",
    "with o as materialized (select * from orders where user_id = $1) select * from o where id = 5",
    "with o as materialized (select * from orders order by total limit 100) select * from o where user_id = 5",
    "with o as materialized (select *, row_number() over (order by total) from orders) select * from o where user_id = 5",
    "with o as materialized (select max(user_id) as user_id from orders) select * from o where user_id = 5",
    "with o as materialized (select user_id, total, random() as r from orders) select * from o where user_id = 5",
    "with o as materialized (select * from orders for update) select * from o where id = 5",
    "with o as materialized (select distinct on (status) * from orders order by status) select * from o where id = 5",
    "with gone as (delete from orders returning *) select * from gone where id = 5",
    "with o as (select * from orders) select * from o a, o b where a.id = 5 and b.total > a.total",
    "with o as (select * from orders) select * from o a, o b where a.id > 5 and b.id > 5",
    "with o as (select * from orders) select count(*) from o union all select total from o where id = 5",
    "with recursive t as (select id from orders where id = 1 union all select t.id + 1 from t where t.id < 5) select * from t where id = 3",
    "with p as materialized (select * from plans) select * from p where id = 1",
    "with o as materialized (select * from open_orders) select * from o where id = 1",
    "with o as materialized (select id + 1 as id from orders) select * from o where id = 1",
    "with o as materialized (select * from orders) select * from users u left join o on o.user_id = 5",
    "with o as materialized (select * from orders) select * from o where user_id = 5 or total > 5",
    "with o as materialized (select * from orders) select * from users u join o on o.user_id = u.id",
  ],
  unknown: {
    bad: [
      {
        sql: "with o as materialized (select a.id, b from a) select * from o where id = $1",
        severity: "info",
        message: "MATERIALIZED makes Postgres compute all of o before it tests id = $1, which an index of a might serve.",
      },
    ],
    good: [
      "with o as materialized (select id, b from a) select * from o where b = $1",
      "with o as materialized (select * from a) select * from o where id = $1",
    ],
  },
});

test("a condition reaches the index only through a WITH query that is not materialized", async () => {
  await database.exec("insert into orders select n, n, 'open' from generate_series(1, 2000) n; analyze orders");
  const plan = async (word: string) =>
    JSON.stringify(
      (await database.query(`explain with o as ${word} (select * from orders) select * from o a, o b where a.id = 5 and b.id = 6`)).rows,
    );
  expect(await plan("")).not.toContain("Index Cond");
  expect(await plan("not materialized")).toContain("Index Cond");
});
