import rule from "../../../src/rules/query/cartesian-join.ts";
import { testRule } from "../rule-test.ts";

testRule(rule, {
  setup: `
    create table users (id bigint primary key, tenant_id bigint, email text unique, country text);
    create table orders (id bigint primary key, user_id bigint, tenant_id bigint, status text, tags text[]);
    create table "Line Items" (order_id bigint, sku text, "Ref No" int unique);
    create table settings (currency text)`,
  rows: { users: 1000, orders: 5000, settings: 1 },
  bad: [
    {
      sql: "select * from users, orders",
      at: "orders",
      object: "orders",
      severity: "error",
      message: "Nothing joins orders to users, so every row of one is paired with every row of the other: about 5,000,000 rows.",
      fix: null,
    },
    { sql: "select u.id from users as u, orders as o where u.country = 'CH' and o.status = 'open'", at: "orders as o" },
    {
      sql: 'select 1 from users u join orders o on o.user_id = u.id, "Line Items" l where l.sku = $1',
      object: '"Line Items"',
      at: '"Line Items" l',
    },
    { sql: "select 1 from users u join orders o on o.user_id = o.tenant_id", object: "orders" },
    { sql: "select 1 from users u left join orders o on o.status = 'open'", object: "orders" },
    { sql: "with big as (select user_id from orders) select 1 from users u, big b", object: "b" },
    {
      sql: "select 1 from settings where exists (select from users u, orders o where u.country = o.status and u.id = 1) and 1 = (select count(*) from users a, users b)",
      at: "users b",
    },
    { sql: "select 1 from users u, (select status, count(*) from orders group by status) s", object: "s" },
    { sql: 'select 1 from users natural join "Line Items"', object: '"Line Items"' },
    {
      sql: "select 1 from users u, orders o, \"Line Items\" l where o.user_id = u.id and (l.sku = 'a' or l.sku = 'b')",
      object: '"Line Items"',
    },
  ],
  good: [
    'select 1 from users u, "Line Items" l where l."Ref No" = 5',
    "select * from users cross join orders",
    "select * from users join orders on true",
    "select * from users u, orders o where o.user_id = u.id",
    "select * from users u, orders o where o.tenant_id = $1 and u.tenant_id = $1",
    "select * from users u, orders o where o.tenant_id = 7 and u.tenant_id = 7",
    'select * from users u, orders o, "Line Items" l where l.order_id = o.id and u.id = o.user_id',
    "select * from users u, unnest('{a,b}'::text[]) as tag",
    "select * from orders o, unnest(o.tags) as tag",
    "select * from orders o, lateral (select u.id from users u where u.id = o.user_id) as buyer",
    "select * from users, (values (1), (2)) as v (n)",
    "select * from orders, (select max(id) as top from users) as m",
    "with latest as (select id from orders order by id desc limit 1) select * from users, latest",
    "select * from users, settings",
    "select * from users u, orders o where u.id = $1 and o.status = 'open'",
    "select * from users u, orders o where u.email = $1 and o.status = 'open'",
    "select * from users u join orders o using (tenant_id)",
    "select * from users natural join orders",
    "select * from users u join orders o on o.id > u.id",
    "select * from users u, orders o where o.user_id = u.id or o.tenant_id = u.tenant_id",
    "select * from orders x where exists (select from users u, orders o where u.id = x.user_id and o.tenant_id = x.tenant_id)",
    'select * from users u, orders o where exists (select from "Line Items" l where l.order_id = o.id and l.sku = u.email)',
    "select * from users u, orders o where row(u.id, 1) = row(o.user_id, 1)",
    "select * from users where country in (select status from orders)",
    "update orders o set status = 'x' from users u where u.id = o.user_id",
    "delete from orders using users where users.country = 'CH'",
  ],
  unknown: {
    bad: ["select * from a, b", "select * from a join b on b.x = b.y", "select a.x from a, b, c where a.id = b.a_id"],
    good: [
      "select * from a, b where a.id = b.a_id",
      "select * from users u, plans p where u.id = $1 and p.code = $2",
      "select * from a, b where x = y",
      "select * from a cross join b",
    ],
  },
});
