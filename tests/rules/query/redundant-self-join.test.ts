import { expect, test } from "vitest";
import rule from "../../../src/rules/query/redundant-self-join.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table users (id bigint primary key, email text unique, code text not null unique, parent_id bigint);
    create table orders (id bigint primary key, user_id bigint, status text, total numeric, note text);
    create table "Line Items" ("Order" bigint, sku text, qty int, primary key ("Order", sku))`,
  bad: [
    {
      sql: "select a.id, b.total from orders a join orders b on b.id = a.id where a.status = 'open' and b.total > 5",
      at: "orders b",
      object: "orders",
      severity: "info",
      message:
        "orders is joined to itself on its whole key (id), so b is the same row as a. Postgres reads it twice; from 18 on it leaves the join out.",
      fix: null,
    },
    "select a.id from orders a, users u, orders b where a.id = b.id and u.id = a.user_id",
    "select note from orders a join orders b using (id, user_id, status, total, note)",
    'select a.qty from "Line Items" a join "Line Items" b on (a."Order", a.sku) = (b."Order", b.sku)',
    "select 1 from users a join users b on b.code = a.code",
    {
      sql: "select a.id, b.total from orders a left join orders b on b.id = a.id",
      severity: "warning",
      message: "orders is joined to itself on its whole key (id), so b is the same row as a. Postgres reads it twice.",
    },
    {
      sql: "update orders set total = o.total + 1 from orders o where o.id = orders.id and o.status = 'open'",
      at: "orders o",
      severity: "warning",
    },
    { sql: "delete from orders using orders o where o.id = orders.id and o.status = 'void'", severity: "warning" },
    "select 1 from users where exists (select from orders a join orders b on a.id = b.id where a.user_id = users.id)",
  ],
  good: [
    "select c.id from users c join users p on p.id = c.parent_id",
    "select 1 from orders a join orders b on a.user_id = b.user_id",
    "select 1 from orders a join orders b on a.id < b.id",
    "select 1 from orders a join orders b on a.id = b.id + 1",
    "select 1 from orders a join orders b on b.id = a.id + 1",
    "select a.id, b.total from orders a left join orders b on b.id = a.id + 1",
    'select 1 from "Line Items" a join "Line Items" b on a."Order" = b."Order" and b.sku = $1',
    "select 1 from users a join users b on b.email = a.email",
    "select a.id, b.note from orders a left join orders b on b.id = a.id and b.status = 'open'",
    "select a.id, b.note from orders a full join orders b on b.id = a.id",
    "select a.id from users u left join orders a on a.user_id = u.id left join orders b on b.id = a.id",
    "select o.* from orders o join (select id from orders order by total limit 10) page on page.id = o.id",
    "select 1 from orders a tablesample system (10) join orders b on b.id = a.id",
    "select 1 from orders a join orders b on a.id = b.id or a.total = b.total",
    "update orders set status = u.code from orders o left join users u on u.id = o.user_id where o.id = orders.id",
    "update orders set total = 0 from orders old where old.id = orders.id returning old.total",
    "update orders set total = x.n from orders o, lateral (select count(*) as n from users u where u.id = o.user_id) x where o.id = orders.id",
    "select 1 from users join orders on users.id = orders.id",
  ],
  unknown: { bad: [], good: ["select 1 from a x join a y on x.id = y.id"] },
});

test("Postgres 18 leaves out an inner join of a table to itself, and no other", async () => {
  const scans = async (sql: string) => {
    const { rows } = await database.query(`explain ${sql}`);
    return JSON.stringify(rows).match(/ on orders/g)?.length;
  };
  expect(await scans("select a.id, b.total from orders a join orders b on b.id = a.id where a.status = 'open'")).toBe(1);
  expect(await scans("select a.id, b.total from orders a left join orders b on b.id = a.id")).toBe(2);
  expect(await scans("delete from orders using orders o where o.id = orders.id and o.status = 'void'")).toBeGreaterThan(2);
});
