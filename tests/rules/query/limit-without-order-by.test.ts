import { expect, test } from "vitest";
import rule from "../../../src/rules/query/limit-without-order-by.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (id bigint primary key, email text unique, country text, tenant_id bigint not null, number int not null, unique (tenant_id, number));
    create unique index on users (lower(email));
    create table orders (id bigint primary key, user_id bigint not null references users, status text not null, deleted_at timestamptz, code text);
    create unique index on orders (user_id) where deleted_at is null;
    create table settings (currency text);
    create table countries (code text);
    create view customers as select * from users`,
  rows: { users: 50_000, orders: 400_000, settings: 1, countries: 200 },
  bad: [
    {
      sql: "select id, status from orders where status = 'open' limit 20",
      at: "20",
      object: "orders",
      severity: "info",
      message:
        "LIMIT 20 without ORDER BY leaves it to chance which rows of orders come: the same query may return others at the next call.",
      fix: null,
    },
    {
      sql: "select id from orders limit 20 offset 40",
      severity: "warning",
      message: "LIMIT 20 without ORDER BY leaves it to chance which rows of orders come: pages repeat some rows and leave out others.",
    },
    { sql: "select id from orders offset $1", at: "$1" },
    { sql: "select id from orders fetch first 5 rows only", at: "5" },
    { sql: "select id from orders where user_id = any ($1) and deleted_at is null limit $2", at: "$2" },
    { sql: "select id from orders where user_id = 1 limit 1" },
    { sql: "select u.email, o.id from users u join orders o on o.user_id = u.id where u.id = 1 limit 10", object: "users" },
    { sql: "select id from users where tenant_id = 1 limit 1" },
    { sql: "select status, count(*) from orders group by status limit 3" },
    { sql: "select id from users union all select id from orders limit 10", at: "10" },
    { sql: "select o.id from (select id from orders limit 10) o order by o.id", at: "10", severity: "warning" },
    {
      sql: "with few as (select id, user_id from orders limit 10) select u.email from few join users u on u.id = few.user_id",
      at: "10",
    },
    { sql: "select distinct id from (select id from orders order by status) o limit 3" },
    { sql: "select code from countries limit 10" },
    { sql: "select id from users where country in (select status from orders limit 5)", at: "5" },
  ],
  good: [
    "select id from orders order by id limit 20",
    "select id from users where id = $1 limit 1",
    "select id from users where email = $1 limit 1",
    "select id from users where lower(email) = lower($1) limit 1",
    "select id from users where tenant_id = 4 and number in (7) limit 1",
    "select id from users where (tenant_id, number) = (4, 7) limit 21",
    "select o.id from orders o where o.user_id = 7 and o.deleted_at is null limit 1",
    "select u.id, o.id from orders o join users u on u.id = o.user_id where o.id = $1 limit 1",
    "select id from users u where exists (select from orders o where o.user_id = u.id limit 1)",
    "select id, (select status from orders o where o.user_id = u.id limit 1) from users u",
    "select 1 from orders where status = 'open' limit 1",
    "select 1 as found from orders limit 10",
    "select user_id from orders where user_id = $1 limit 1",
    "select exists (select 1 from orders limit 1)",
    "select count(*) from orders limit 1",
    "select max(id), min(id) from orders where status = 'open' limit 10",
    "select count(*) from (select id from orders where status = 'open' limit 1001) as capped",
    "with capped as (select id from orders limit 1001) select count(*) from capped",
    "select id from orders limit all",
    "select id from orders limit null offset 0",
    "select id from orders limit 0",
    "select id from orders offset 0",
    "select id from orders where status = 'open' limit 10 for update skip locked",
    "delete from orders where id in (select id from orders where status = 'old' limit 1000)",
    "update orders set status = 'x' where ctid = any (array(select ctid from orders where status = 'old' limit 1000))",
    "with batch as (select id from orders limit 100) delete from orders using batch where orders.id = batch.id",
    "insert into countries select country from users limit 5",
    "select id from orders tablesample bernoulli (1) limit 10",
    "select * from generate_series(1, 100) limit 10",
    "select * from unnest($1::text[]) as name limit 10",
    "select * from (values (1), (2), (3)) as v (n) limit 2",
    "select id from (select id from orders order by id desc) o limit 10",
    "with recursive tree as (select id from users where id = 1 union all select u.id from users u join tree t on u.number = t.id) select id from tree limit 100",
    "select currency from settings limit 1",
    "select code from countries limit 500",
    "select id from customers where id = $1 limit 1",
    "select id from customers where email = $1 limit 1",
    "select u.id, o.id from users u cross join lateral (select id from orders o where o.user_id = u.id and o.deleted_at is null limit 1) o",
    "select now() limit 1",
  ],
  unknown: {
    bad: ["select * from logs limit 100", "select * from logs where level = 'error' limit 10", "select * from logs offset 10"],
    good: ["select * from users where id = $1 limit 1", "select * from users where email = $1 limit 1", "select 1 from logs limit 1"],
  },
});

test("an UPDATE of one row changes which row LIMIT 1 returns", async () => {
  await database.exec("insert into settings values ('CHF'), ('EUR')");
  const first = async () => (await database.query<{ currency: string }>("select currency from settings limit 1")).rows[0]?.currency;
  expect(await first()).toBe("CHF");
  await database.exec("update settings set currency = 'USD' where currency = 'CHF'");
  expect(await first()).toBe("EUR");
});
