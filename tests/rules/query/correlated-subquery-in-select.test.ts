import { expect, test } from "vitest";
import rule from "../../../src/rules/query/correlated-subquery-in-select.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (id bigint primary key, email text unique, country text, tags text[]);
    create table orders (id bigint primary key, user_id bigint, status text, total numeric, created_at timestamptz);
    create index on orders (user_id);
    create table comments (id bigint primary key, author_id bigint, body text, created_at timestamptz);
    create table countries (code text primary key, name text);
    create view open_orders as select * from orders where status = 'open'`,
  rows: { users: 5000, orders: 90000, comments: 200000, countries: 200 },
  bad: [
    {
      sql: "select u.email, (select count(*) from comments c where c.author_id = u.id) from users u",
      at: "(select count(*) from comments c where c.author_id = u.id)",
      object: "users",
      severity: "warning",
      message:
        "This subquery runs once for each row of users (about 5,000 rows), and reads all of comments (about 200,000 rows) each time, for want of an index.",
      fix: null,
    },
    {
      sql: "select u.email, (select count(*) from orders o where o.user_id = u.id) as orders from users u",
      severity: "info",
      message: "This subquery runs once for each row of users (about 5,000 rows), where a join would read both tables once.",
    },
    {
      sql: "select coalesce((select sum(o.total) from orders o where o.user_id = u.id), 0) from users u where u.email like 'a%'",
      severity: "info",
    },
    { sql: "select (select u.email from users u where u.id = o.user_id) from orders o", object: "orders", severity: "info" },
    {
      sql: "select array(select c.body from comments c where c.author_id = u.id) from users u",
      at: "array(select c.body from comments c where c.author_id = u.id)",
    },
    {
      sql: "select u.email, (select count(c.id) from comments c where c.author_id = u.id) from users u where u.country = 'CH'",
      severity: "warning",
    },
    { sql: "select sum((select max(o.total) from orders o where o.user_id = u.id)) from users u", severity: "info" },
    { sql: "select distinct (select count(*) from orders o where o.user_id = u.id) from users u limit 10", severity: "info" },
    {
      sql: "select c.id, (select sum(d.id) from comments d where d.created_at <= c.created_at) from comments c",
      message:
        "This subquery runs once for each row of comments (about 200,000 rows), and reads all of comments (about 200,000 rows) each time.",
    },
    {
      sql: "insert into comments select u.id, (select count(*) from orders o where o.user_id = u.id), '', now() from users u",
      severity: "info",
    },
  ],
  good: [
    "select u.id, (select c.created_at from comments c where c.id < u.id order by c.id desc limit 1) from users u",
    "select u.id, (select min(c.id) from comments c where c.id > u.id) from users u",
    "select u.id, (select o.total from orders o where o.user_id = u.id order by o.created_at desc limit 1) from users u",
    "select u.email, (select count(*) from comments c where c.author_id = u.id) from users u where u.id = $1",
    "select u.email, (select count(*) from comments c where c.author_id = u.id) from users u where u.email = 'a'",
    "select u.email, (select count(*) from orders o where o.user_id = u.id) from users u order by u.id limit 20",
    "select u.email, (select count(*) from orders o where o.user_id = u.id) from users u order by u.id limit $1 offset $2",
    "select s.email, s.orders from (select u.email, (select count(*) from orders o where o.user_id = u.id) as orders from users u) as s limit 20",
    "select s.orders from (select u.id, (select count(*) from orders o where o.user_id = u.id) as orders from users u) as s where s.id = 5",
    "select o.total, (select count(*) from comments) from orders o",
    "select u.email, (select c.name from countries c where c.code = u.country) from users u",
    "select c.name, (select count(*) from orders o where o.status = c.code) from countries c",
    "select u.email, exists (select from orders o where o.user_id = u.id) from users u",
    "select u.email, u.id in (select user_id from orders) from users u",
    "select u.email, (select string_agg(t, ',') from unnest(u.tags) as t) from users u",
    "select u.email, (select u.id + 1) from users u",
    "select u.email, (select count(*) from orders o where o.user_id = u.id) from users u where u.country = 'CH'",
    "select u.country, (select c.name from countries c where c.code = u.country) from users u group by u.country",
    "select u.email, n.n from users u left join (select user_id, count(*) as n from orders group by user_id) n on n.user_id = u.id",
    "select u.email from users u where exists (select (select o.id from orders o where o.user_id = u.id) from comments)",
    "select max((select v.x from (values (1)) as v (x) where v.x = u.id)) from users u",
  ],
  unknown: {
    bad: [{ sql: "select a.x, (select count(*) from b where b.a_id = a.id) from a", severity: "info" }],
    good: ["select a.x, (select count(*) from b where b.a_id = a.id) from a where a.id = $1", "select a.x, (select max(y) from b) from a"],
  },
});

test("Postgres runs a correlated subquery as a subplan, and LIMIT bounds how often", async () => {
  await database.exec("insert into users select n, n::text from generate_series(1, 300) n");
  const loops = async (sql: string) => {
    const { rows } = await database.query<{ "QUERY PLAN": string }>(
      `explain (analyze, costs off, timing off, summary off, buffers off) ${sql}`,
    );
    return rows
      .map((row) => row["QUERY PLAN"])
      .find((line) => /Aggregate/.test(line))
      ?.match(/loops=(\d+)/)?.[1];
  };
  const sql = "select u.email, (select count(*) from comments c where c.author_id = u.id) from users u";
  expect(await loops(sql)).toBe("300");
  expect(await loops(`${sql} order by u.country limit 5`)).toBe("5");
});
