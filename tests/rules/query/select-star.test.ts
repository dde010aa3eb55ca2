import { expect, test } from "vitest";
import rule from "../../../src/rules/query/select-star.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (id bigint primary key, email text not null, "Plan" text);
    create index on users (email) include (id);
    create table orders (id bigint primary key, user_id bigint references users, total numeric, details jsonb);
    create table archive (like orders);
    create table files (id bigint primary key, name varchar(100), content text, data bytea);
    insert into files (id, content) select 1, string_agg(md5(i::text), '') from generate_series(1, 2000) i;
    create view customers as select id, email from users;
    create function recent() returns setof orders language sql as 'select * from orders limit 3'`,
  bad: [
    {
      sql: "select * from users where email = $1",
      at: "*",
      object: "users",
      severity: "info",
      message:
        "SELECT * fetches every column of users, needed or not: no index alone can answer it, and a column that is added or dropped changes the result.",
      fix: 'select id, email, "Plan" from users where email = $1',
    },
    {
      sql: "select o.*, u.email from orders as o join users u on u.id = o.user_id",
      at: "o.*",
      object: "orders",
      message:
        "SELECT * fetches every column of orders, also details, whose long values Postgres keeps outside the row and reads on their own.",
      fix: null,
    },
    {
      sql: "select * from files order by id",
      severity: "warning",
      message:
        "SELECT * fetches every column of files, also content and data, whose long values Postgres keeps outside the row and reads on their own.",
    },
    { sql: "select * from files where id = 1", severity: "info" },
    {
      sql: "select * from users u, customers c where c.id = u.id",
      fix: 'select u.id, u.email, u."Plan", c.id, c.email from users u, customers c where c.id = u.id',
    },
    { sql: "select * from users join customers using (id)", fix: null },
    {
      sql: "select * from (select * from users where id > 3) as u",
      at: "*",
      fix: 'select * from (select id, email, "Plan" from users where id > 3) as u',
    },
    {
      sql: "with u as (select * from users) select * from u where id = 3",
      fix: 'with u as (select id, email, "Plan" from users) select * from u where id = 3',
    },
    { sql: "select id, email from customers union all (select c.* from customers c limit 3)", at: "c.*" },
    {
      sql: "insert into archive select * from orders where total = 0",
      message: "INSERT fills columns by their place, so SELECT * from orders fails or fills other columns once a column is added.",
      fix: null,
    },
  ],
  good: [
    "select id, email from users",
    "select count(*) from users",
    "select u.id from users u where exists (select * from orders o where o.user_id = u.id)",
    "select id from (select * from users) u",
    "with u as (select * from users) select id from u",
    "select * from (select id, email from users) u",
    "with u as (select id from users) select * from u",
    "with gone as (delete from orders where total = 0 returning *) insert into archive select * from gone",
    "delete from orders where total = 0 returning *",
    "insert into users values (1, 'a') returning *",
    "select * from generate_series(1, 3)",
    "select * from recent()",
    "select * from (values (1, 'a')) v (id, name)",
    "values (1), (2)",
    "select * from pg_stat_activity",
    "select * from pg_catalog.pg_class",
    "select * from information_schema.tables",
    "create table copied as select * from users",
    "select jsonb_agg(u.*) from users u",
    "select to_jsonb(u) from users u",
    "select id from users where (select count(*) from orders) > 3",
    "select id in (select user_id from (select * from orders) o) from users",
    "with recursive t as (select id from users union all select t.* from t) select * from t",
  ],
  unknown: {
    bad: [{ sql: "select * from logs where level = 'error'", fix: null }, "select l.* from logs l", "insert into old select * from logs"],
    good: [
      "select * from pg_stat_statements",
      "select count(*) from logs",
      "select * from (select level from logs) l",
      "create view v as select * from logs",
      "copy (select * from logs) to stdout",
    ],
  },
});

test("an index alone answers named columns, never all of them", async () => {
  await database.exec("set enable_seqscan = off; set enable_bitmapscan = off");
  const plan = async (sql: string) =>
    (await database.query<{ "QUERY PLAN": string }>(`explain (costs off) ${sql}`)).rows[0]?.["QUERY PLAN"];
  expect(await plan("select id, email from users where email = 'x'")).toMatch(/^Index Only Scan/);
  expect(await plan("select * from users where email = 'x'")).toMatch(/^Index Scan/);
});
