import { expect, test } from "vitest";
import rule from "../../../src/rules/query/unnecessary-subquery.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (id bigint primary key, email text);
    create table orders (id bigint primary key, user_id bigint, status text, total numeric);
    create table "Line Items" (order_id bigint, sku text)`,
  bad: [
    {
      sql: "select o.id from (select * from orders) as o where o.total > 5",
      at: "(select * from orders) as o",
      object: "orders",
      severity: "info",
      message: "The subquery o only hands on rows of orders, and Postgres plans as if orders itself stood in FROM.",
      fix: "select o.id from orders as o where o.total > 5",
    },
    {
      sql: "select id, total from (select id, total, user_id from orders where status = 'open') as recent where recent.user_id = 5",
      at: "(select id, total, user_id from orders where status = 'open') as recent",
      fix: null,
    },
    {
      sql: 'select u.email, l.sku from users u join (select * from public."Line Items" x) as l on l.order_id = u.id',
      fix: 'select u.email, l.sku from users u join public."Line Items" as l on l.order_id = u.id',
    },
    {
      sql: "select u.email, orders.id from users u left join (select * from orders) orders on orders.user_id = u.id",
      fix: "select u.email, orders.id from users u left join orders on orders.user_id = u.id",
    },
    { sql: "select u.email, o.total from users u join (select user_id, total from orders) o on o.user_id = u.id", fix: null },
    {
      sql: "with o as (select * from orders limit 5) select s.id from (select * from o) as s",
      fix: "with o as (select * from orders limit 5) select s.id from o as s",
    },
    { sql: "select * from (select * from orders) as o", fix: "select * from orders as o" },
    { sql: "update users set email = o.status from (select * from orders) as o where o.user_id = users.id", object: "orders" },
    { sql: "select s.id from (select * from only orders) as s", fix: null },
  ],
  good: [
    "select * from (select id, total from orders) as o",
    "select o.* from (select id, total from orders) as o",
    "select json_agg(o) from (select id, total from orders) as o",
    "select row_to_json(o.*) from (select id, total from orders) as o",
    "select (select to_json(o) from users limit 1) from (select id, total from orders) as o",
    "select id from (select * from orders limit 10) as o",
    "select id from (select * from orders offset 0) as o",
    "select id from (select distinct user_id, id from orders) as o",
    "select user_id from (select user_id, count(*) as n from orders group by user_id) as o",
    "select sum(volume) from (select total * 2 as volume from orders) as o",
    "select buyer from (select user_id as buyer from orders) as o",
    "select buyer from (select user_id from orders) as o (buyer)",
    "select id from (select * from orders order by total) as o",
    "select id from (select * from orders for update) as o",
    "select id from (select * from orders tablesample system (10)) as o",
    "select id from (select * from orders where random() < 0.1) as o",
    "select u.id from users u left join (select * from orders where status = 'open') o on o.user_id = u.id",
    "select u.id from users u join (select user_id, total from orders where status = 'open') o on o.user_id = u.id",
    "select id, o.total from users u join (select user_id, total from orders) o on o.user_id = u.id",
    "select email from users natural join (select id, total from orders) o",
    "select u.id from users u, lateral (select id from orders where user_id = u.id) o",
    "select id from (select o.id, u.email from orders o join users u on u.id = o.user_id) as s",
    "select id from (select id from orders union all select id from users) as s",
    "select v.a from (values (1), (2)) as v (a)",
    "select id from (with o as (select * from orders) select * from o) as s",
    "select user_id from (select user_id, row_number() over () as n from orders) as o",
    "select id from orders where id in (select id from orders)",
  ],
  unknown: { bad: ["select o.id from (select * from a) as o"], good: ["select o.id from (select id + 1 as id from a) as o"] },
});

test("Postgres plans a subquery that only hands on rows as if the table stood there", async () => {
  const plan = async (from: string) => {
    const { rows } = await database.query<{ "QUERY PLAN": string }>(`explain select o.id from ${from} where o.total > 5`);
    return rows.map((row) => row["QUERY PLAN"].replace("on orders o ", "on orders "));
  };
  expect(await plan("(select * from orders) as o")).toEqual(await plan("orders as o"));
});
