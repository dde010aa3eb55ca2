import { expect, test } from "vitest";
import rule from "../../../src/rules/query/count-star-for-existence.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (id bigint primary key, email text not null unique, country text);
    create table orders (id bigint primary key, user_id bigint, status text, total numeric not null);
    create index on orders (user_id);
    create table settings (name text, value text)`,
  rows: { users: 5000, orders: 90000, settings: 12 },
  bad: [
    {
      sql: "select email from users u where (select count(*) from orders o where o.user_id = u.id) > 0",
      at: "(select count(*) from orders o where o.user_id = u.id) > 0",
      object: "orders",
      severity: "warning",
      message:
        "The count reads every row of orders (about 90,000 rows) that matches, only to learn whether there is one. EXISTS stops at the first.",
      fix: "select email from users u where exists (select from orders o where o.user_id = u.id)",
    },
    {
      sql: "select email from users u where 0 = (select count(*) from orders o where o.user_id = u.id or o.total > 9)",
      message:
        "The count reads every row of orders (about 90,000 rows) that matches, only to learn whether there is one. NOT EXISTS stops at the first.",
      fix: "select email from users u where not exists (select from orders o where o.user_id = u.id or o.total > 9)",
    },
    {
      sql: "select (select count(1) from orders where status = 'open') >= 1",
      fix: "select exists (select from orders where status = 'open')",
    },
    { sql: "select 1 where 1 <= (select count(total) from orders)", fix: "select 1 where exists (select from orders)" },
    { sql: "select 1 where (select count(status) from orders) <> 0", at: "(select count(status) from orders) <> 0", fix: null },
    { sql: "select count(*) > 0 as has_open from orders where status = 'open'", at: "count(*) > 0", fix: null },
    { sql: "select case when count(*) > 0 then 'yes' else 'no' end from orders where status = 'open'", at: "count(*) > 0", fix: null },
    { sql: "delete from users u where (select count(*) from orders o where o.user_id = u.id) = 0", object: "orders" },
    {
      sql: "select case when (select count(*) from orders o join users u on u.id = o.user_id where u.country = 'CH') > 0 then 1 end",
      fix: "select case when exists (select from orders o join users u on u.id = o.user_id where u.country = 'CH') then 1 end",
    },
  ],
  good: [
    "select email from users u where exists (select from orders o where o.user_id = u.id)",
    "select email from users u where (select count(*) from orders o where o.user_id = u.id) > 1",
    "select email from users u where (select count(*) from orders o where o.user_id = u.id) = 5",
    "select user_id from orders group by user_id having count(*) > 0",
    "select user_id, count(*) > 0 from orders group by user_id",
    "select count(*) > 0, sum(total) from orders",
    "select count(*) from orders where status = 'open'",
    "select (select count(*) from orders where id = 42) > 0",
    "select (select count(*) from users where email = $1) > 0",
    "select (select count(*) from settings) > 0",
    "select (select count(*) from (select from orders where status = 'open' limit 11) as o) >= 1",
    "select (select count(*) filter (where total > 5) from orders) > 0",
    "select (select count(distinct user_id) from orders) > 0",
    "select n > 0 from (select count(*) as n from orders) as c",
    "select (select max(total) from orders) > 0",
    "select (select count(*) from unnest('{1,2}'::int[])) > 0",
    "select case when count(*) > 0 then sum(total) end from orders",
    "select case when count(*) > 0 then 1 when count(*) = 0 then 2 end, max(id) from orders",
  ],
  unknown: {
    bad: [
      { sql: "select (select count(*) from a where b = $1) > 0", fix: "select exists (select from a where b = $1)" },
      { sql: "select (select count(b) from a) > 0", fix: null },
    ],
    good: ["select count(*) from a"],
  },
});

test("Postgres counts for each row anew, and makes a join of EXISTS", async () => {
  const plan = async (sql: string) => JSON.stringify((await database.query(`explain ${sql}`)).rows);
  expect(await plan("select email from users u where (select count(*) from orders o where o.user_id = u.id) > 0")).toMatch(/SubPlan/);
  expect(await plan("select email from users u where exists (select from orders o where o.user_id = u.id)")).not.toMatch(/SubPlan/);
});
