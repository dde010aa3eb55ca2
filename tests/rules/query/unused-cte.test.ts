import { expect, test } from "vitest";
import rule from "../../../src/rules/query/unused-cte.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (id bigint primary key, email text, parent_id bigint);
    create table orders (id bigint primary key, user_id bigint, status text);
    create sequence numbers`,
  bad: [
    {
      sql: "with recent as (select id from orders) select email from users",
      at: "recent",
      object: "recent",
      severity: "info",
      message: "Nothing reads recent, so Postgres never runs it.",
      fix: null,
    },
    { sql: 'with a as (select 1), "Open Orders" (x) as (select id from orders) select * from a', at: '"Open Orders"' },
    {
      sql: "with locked as (select id from orders where status = 'open' for update) update orders set status = 'paid' where status = 'open'",
      severity: "warning",
      message: "Nothing reads locked, so Postgres never runs it and locks no rows.",
    },
    {
      sql: "with told as (select pg_notify('orders', 'new')) insert into orders values (1, 2, 'new')",
      severity: "warning",
      message: "Nothing reads told, so Postgres never runs it and does not call pg_notify.",
    },
    {
      sql: "with recursive tree as (select id from users where id = 1 union all select u.id from users u join tree t on t.id = u.parent_id) select 1",
      at: "tree",
      message: "Nothing that is run reads tree, so Postgres never runs it.",
    },
    { sql: "with users as (select 1 as id) select * from public.users", at: "users" },
    { sql: "select * from (with x as (select 1 as id) select 2 as id) as s", at: "x" },
    { sql: "with x as (select 1 as id) select * from (with x as (select 2 as id) select * from x) as s", at: "x" },
  ],
  good: [
    "with recent as (select id from orders) select * from recent",
    "with recent as (select id from orders) select email from users where id in (select id from recent)",
    "with a as (select 1 as id), b as (select id from a) select * from b",
    "with gone as (delete from orders where status = 'old' returning id) select 1",
    "with new as (insert into orders values (1, 2, 'x') returning id) select 1",
    "with done as (update orders set status = 'x' returning id) insert into users select id from done",
    "with old as (select id from orders where status = 'old'), gone as (delete from orders using old where orders.id = old.id) select 1",
    "with recursive tree as (select id from users where id = 1 union all select u.id from users u join tree t on t.id = u.parent_id) select * from tree",
    "with s as (select id from orders) insert into users (id) select id from s",
    "with s as (select id from orders) insert into users (id) values ((select max(id) from s))",
    "with s as (select max(id) as top from orders) update users set email = (select top::text from s)",
    "with s as (select max(id) as top from orders) insert into users values (1) on conflict (id) do update set email = (select top::text from s)",
    "with s as (select 1 as n) select * from users limit (select n from s)",
    "with s as (select id from orders) merge into users u using s on u.id = s.id when matched then delete",
    "with s as (select 'x' as e) merge into users u using orders o on u.id = o.id when matched then update set email = (select e from s)",
    "with s as (select 10 as n) select * from users tablesample bernoulli ((select n from s))",
    "with s as (select 2 as n) select * from users cross join lateral generate_series(1, (select n from s)) g",
    "with a as (select id from users), b as (select id from orders) select * from a union all select * from b",
    "with a as (select id from users) select count(*) over w from orders window w as (order by (select max(id) from a))",
    "select email from users",
  ],
  unknown: {
    bad: ["with x as (select 1 from a) select 2 from b"],
    good: ["with x as (select 1 from a) select 2 from b, x"],
  },
});

test("Postgres runs no WITH query that nothing reads, unless it writes", async () => {
  await database.exec("with unread as (select nextval('numbers')) select 1; with written as (insert into users values (1)) select 1");
  const { rows } = await database.query("select is_called, (select count(*) from users) as users from numbers");
  expect(rows).toEqual([{ is_called: false, users: 1 }]);
});
