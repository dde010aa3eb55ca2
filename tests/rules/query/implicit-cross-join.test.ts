import { expect, test } from "vitest";
import rule from "../../../src/rules/query/implicit-cross-join.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (id bigint primary key, country text, admin boolean);
    create table orders (id bigint primary key, user_id bigint, status text, gift boolean);
    create table "Line Items" (order_id bigint, sku text);
    create table settings (currency text)`,
  rows: { users: 1000, orders: 5000, settings: 1 },
  bad: [
    {
      sql: "select o.id from users u, orders o where u.id = o.user_id and o.status = 'open' or o.status = 'paid'",
      at: "o.status = 'paid'",
      object: "users",
      severity: "warning",
      message: "The join condition stands in another branch of OR, so each row with o.status = 'paid' is paired with every row of users.",
      fix: null,
    },
    { sql: "select 1 from users u, orders o where o.status = 'paid' or (u.id = o.user_id and u.country = 'CH')", at: "o.status = 'paid'" },
    {
      sql: "select 1 from users u join orders o on o.user_id = u.id, \"Line Items\" l where l.order_id = o.id and u.country = 'CH' or u.country = 'FR'",
      object: '"Line Items"',
    },
    "delete from orders o using users u where u.id = o.user_id and u.country = 'CH' or u.country = 'FR'",
    "select 1 from settings where exists (select from users u, orders o where u.id = o.user_id and o.status = 'a' or o.status = 'b')",
  ],
  good: [
    "select o.id from users u, orders o where u.id = o.user_id and (o.status = 'open' or o.status = 'paid')",
    "select o.id from users u join orders o on u.id = o.user_id where o.status = 'open' and u.country = 'CH' or o.status = 'paid'",
    "select 1 from users u, orders o where (u.id = o.user_id and o.status = 'a') or (u.id = o.user_id and o.status = 'b')",
    "select 1 from users u, orders o where u.id = o.user_id or u.country = 'CH'",
    "select 1 from users u, orders o where (u.id = o.user_id and o.status = 'a') or o.user_id is null",
    "select 1 from users u, orders o where (u.id = o.user_id and o.status = 'a') or o.gift",
    "select 1 from users u, orders o where (u.id = o.user_id and o.status = 'a') or $1",
    "select 1 from users u, orders o where (u.id = o.user_id and o.status = 'a') or (u.country = 'CH' and o.status = 'x')",
    "select 1 from users u, orders o where (u.id = o.user_id and o.status = 'a') or exists (select from \"Line Items\" l where l.order_id = o.id and l.sku = u.country)",
    "select 1 from users a, users b where (a.country = 'FR' and b.country = 'DE') or (a.country = 'DE' and b.country = 'FR')",
    "select 1 from users u cross join orders o where u.id = o.user_id and o.status = 'a' or o.status = 'b'",
    "select 1 from settings s, orders o where s.currency = o.status and o.gift = true or o.status = 'b'",
    "select 1 from users, orders",
    "select 1 from orders o where o.status = 'a' and o.user_id = 1 or o.status = 'b'",
  ],
  unknown: {
    bad: ["select 1 from a, b where a.id = b.a_id and b.x = 1 or b.x = 2"],
    good: ["select 1 from a, b where a.id = b.a_id and (b.x = 1 or b.x = 2)", "select 1 from a, b where id = a_id and x = 1 or x = 2"],
  },
});

test("a branch of OR without the join pairs its rows with all of the other table", async () => {
  await database.exec("insert into users select n from generate_series(1, 10) n; insert into orders values (1, 1, 'open'), (2, 1, 'paid')");
  const { rows } = await database.query(
    "select 1 from users u, orders o where u.id = o.user_id and o.status = 'open' or o.status = 'paid'",
  );
  expect(rows).toHaveLength(11);
});
