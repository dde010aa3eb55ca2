import { expect, test } from "vitest";
import rule from "../../../src/rules/query/update-from-without-join.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (id bigint primary key, email text unique, country text, plan text);
    create table orders (id bigint primary key, user_id bigint references users, status text, rate numeric, region text);
    create table "Line Items" (order_id bigint, sku text);
    create table rates (name text primary key, rate numeric);
    create table settings (rate numeric)`,
  rows: { users: 1000, orders: 5000, settings: 1 },
  bad: [
    {
      sql: "update orders set status = 'vip' from users where users.country = 'CH'",
      at: "users",
      object: "orders",
      severity: "error",
      message:
        "Nothing ties users to the target orders, so UPDATE changes every row of orders (about 5,000 rows), from whichever row of users it reads first.",
      fix: null,
    },
    {
      sql: "update orders o set status = u.plan from users as u where o.region = 'eu' and u.plan <> 'free'",
      at: "users as u",
      message:
        "Nothing ties users to the target orders, so UPDATE changes each row of orders that WHERE lets through, from whichever row of users it reads first.",
    },
    {
      sql: "update orders set status = 'x' from orders as o join users u on u.id = o.user_id where u.email = $1",
      at: "orders as o",
      message:
        "Nothing ties orders as o to the target orders, so UPDATE changes every row of orders (about 5,000 rows), from whichever row of orders as o it reads first.",
    },
    { sql: "update orders set status = 'x' from orders o where o.id = $1", at: "orders o" },
    {
      sql: "update orders set region = u.country from users u where u.email = $1",
      message: "Nothing ties users to the target orders, so UPDATE changes every row of orders (about 5,000 rows), from one row of users.",
    },
    { sql: "delete from orders using rates where rates.name = 'eur'", at: "rates" },
    {
      sql: "delete from orders using users where users.country = 'CH'",
      at: "users",
      message:
        "Nothing ties users to the target orders, so DELETE removes every row of orders (about 5,000 rows) if users has one row that fits.",
    },
    { sql: "delete from orders o using users u, \"Line Items\" l where u.id = o.user_id and l.sku = 'a'", at: '"Line Items" l' },
    {
      sql: "update orders set rate = v.rate from (values (1, 2.0), (2, 3.0)) as v (id, rate)",
      at: "(values (1, 2.0), (2, 3.0)) as v (id, rate)",
    },
    { sql: "update orders set rate = n.n from (select user_id, count(*) as n from orders group by user_id) as n", object: "orders" },
    { sql: "with vip as (select id from users where plan = 'vip') update orders set status = 'vip' from vip", at: "vip" },
    {
      sql: "with gone as (delete from orders using users where users.plan = 'gone' returning orders.id) select count(*) from gone",
      at: "users",
    },
    { sql: "update orders set status = 'x' from users where users.id = users.id", at: "users" },
    { sql: "with new as (insert into users select 1, 'a' returning plan) update orders set status = new.plan from new", at: "new" },
  ],
  good: [
    "delete from orders o using users u where u.id = $1 and o.status = 'open'",
    "update orders o set status = u.plan from users u where u.id = o.user_id",
    "update orders o set status = u.plan from users u where u.id = o.user_id or u.country = o.region",
    "delete from orders o using users u where u.id = o.user_id and u.country = 'CH'",
    "update orders set rate = settings.rate from settings",
    "update orders set rate = v.rate from (values (2.0)) as v (rate)",
    "update orders set rate = m.top from (select max(rate) as top from orders) as m",
    "update orders set region = u.country from users u where u.id = $1 and orders.status = 'open'",
    "update orders set rate = r.rate from rates r where r.name = 'eur'",
    "delete from orders using settings where settings.rate = 0",
    "with last as (select id, plan from users order by id desc limit 1) update orders set status = last.plan from last",
    "with new as (insert into users values (1, 'a') returning plan) update orders set status = new.plan from new",
    "with changed as (update users set plan = 'vip' where id = 7 returning plan) update orders set status = changed.plan from changed",
    "with one as (select plan from users where id = 7) update orders set status = one.plan from one",
    "update orders o set rate = p.rate from orders p where p.id = 1 and o.region = 'eu'",
    "update orders o set status = 'x' from (select id from orders where status = 'new' limit 10 for update) as s where s.id = o.id",
    "update orders o set status = 'x' from users u left join \"Line Items\" l on l.sku = u.plan where u.id = o.user_id",
    "update orders o set rate = p.rate from orders p where p.ctid = o.ctid",
    "update orders o set status = 'x' from users u where exists (select from \"Line Items\" l where l.order_id = o.id and l.sku = u.plan)",
    'update orders set region = e.value from jsonb_each_text(\'{"a": "b"}\') as e where e.key = orders.region',
    "update orders set status = 'x' from current_setting('app.user', true) as who",
    "update orders set status = 'x' where user_id in (select id from users where country = 'CH')",
    "delete from orders where status = 'x'",
    "select 1 from users, orders",
  ],
  unknown: {
    bad: [
      "update a set x = b.x from b",
      "delete from a using b where a.y = 3",
      "update a set x = 1 from a c where c.id = 3",
      "delete from a using b where b.id = $1",
    ],
    good: [
      "update a set x = b.x from b where b.id = a.b_id",
      "update a set x = b.x from b where b.id = $1",
      "update a set x = s.x from (select x from b where id = 5) as s",
      "with recursive s as (select x from t), t as (select x from s) update a set x = s.x from s where s.id = a.id",
      "update a set x = y from b where b_id = a_id",
    ],
  },
});

test("Postgres updates every row of the target when nothing ties FROM to it", async () => {
  await database.exec(`
    insert into users values (1, 'a', 'CH', 'free'), (2, 'b', 'CH', 'vip');
    insert into orders values (10, 1, 'open'), (11, 2, 'open'), (12, null, 'open');`);
  const { rows } = await database.query(
    "update orders set status = 'x' from orders as o join users u on u.id = o.user_id where u.email = 'a' returning orders.id",
  );
  expect(rows).toHaveLength(3);
});
