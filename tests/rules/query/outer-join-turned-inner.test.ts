import { expect, test } from "vitest";
import rule from "../../../src/rules/query/outer-join-turned-inner.ts";
import { testRule } from "../rule-test.ts";

const setup = `
  create table customers (id bigint primary key, name text, active boolean);
  create table orders (id bigint primary key, customer_id bigint, status text, total numeric, "Paid" boolean, tags text[]);
  create table lines (order_id bigint, sku text)`;

const database = testRule(rule, {
  setup,
  bad: [
    {
      sql: "select c.id from customers c left join orders o on o.customer_id = c.id where o.status = 'open'",
      at: "o.status = 'open'",
      object: "orders.status",
      severity: "warning",
      message:
        "The condition on o.status in WHERE is never true for the rows that LEFT JOIN fills with NULL, so rows without a match in orders are lost, as with a plain JOIN.",
      fix: null,
    },
    { sql: "select 1 from orders right join customers c on customer_id = c.id where total > 10 and c.name = 'a'", at: "total > 10" },
    {
      sql: "select 1 from customers c left join orders o on o.customer_id = c.id where lower(o.status) like 'o%'",
      at: "lower(o.status) like 'o%'",
    },
    { sql: 'select 1 from customers c left join orders o on o.customer_id = c.id where not o."Paid"', at: 'not o."Paid"' },
    {
      sql: "select 1 from customers c left join orders o on o.customer_id = c.id where o.status = 'a' or o.total > 1",
      at: "o.status = 'a' or o.total > 1",
    },
    { sql: "select 1 from customers c left join orders o on o.customer_id = c.id where o.status <> 'void'", at: "o.status <> 'void'" },
    { sql: "select 1 from customers c left join orders o on o.customer_id = c.id where o.status not in ('a', 'b')" },
    { sql: "select 1 from customers c left join orders o on o.customer_id = c.id where o.status = any ($1)" },
    { sql: "select 1 from customers c left join orders o on o.customer_id = c.id where o.id in (select order_id from lines)" },
    {
      sql: "select 1 from customers c left join orders o on o.customer_id = c.id join lines l on l.order_id = o.id",
      at: "l.order_id = o.id",
    },
    {
      sql: "select 1 from customers c where exists (select from orders o left join lines l on l.order_id = o.id where l.sku = 'x' and o.customer_id = c.id)",
      at: "l.sku = 'x'",
    },
    {
      sql: "with recent as (select id, customer_id from orders) select 1 from customers c left join recent r on r.customer_id = c.id where r.id > 5",
      at: "r.id > 5",
    },
    { sql: 'select 1 from customers c left join orders o on o.customer_id = c.id where o."Paid" is true' },
  ],
  good: [
    "select c.id from customers c left join orders o on o.customer_id = c.id and o.status = 'open'",
    "select c.id from customers c left join orders o on o.customer_id = c.id where o.id is null",
    "select c.id from customers c left join orders o on o.customer_id = c.id where o.id is not null",
    "select c.id from customers c left join orders o on o.customer_id = c.id where o.status = 'open' or o.id is null",
    "select c.id from customers c left join orders o on o.customer_id = c.id where coalesce(o.total, 0) < 5",
    "select c.id from customers c left join orders o on o.customer_id = c.id where c.name = 'a'",
    "select c.id from customers c left join orders o on o.customer_id = c.id where o.status is distinct from 'void'",
    'select c.id from customers c left join orders o on o.customer_id = c.id where o."Paid" is not true',
    "select c.id from customers c left join orders o on o.customer_id = c.id where o.status <> all ($1)",
    "select c.id from customers c left join orders o on o.customer_id = c.id where not (o.status = any ($1))",
    "select c.id from customers c left join orders o on o.customer_id = c.id where case when o.id is null then true else o.total > 1 end",
    "select c.id from customers c left join orders o on o.customer_id = c.id where c.name = 'x' or o.status = 'open'",
    "select c.id from customers c join orders o on o.customer_id = c.id where o.status = 'open'",
    "select c.id from customers c left join orders o on o.customer_id = c.id group by c.id having count(o.id) > 1",
    "select c.id from customers c full join orders o on o.customer_id = c.id where o.status = 'open'",
    "select c.id from customers c left join (orders o join lines l on l.order_id = o.id) on o.customer_id = c.id",
    "select c.id from customers c left join orders o on o.customer_id = c.id where not exists (select from lines l where l.order_id = o.id)",
  ],
});

test("a strict condition on the filled side gives the rows of a plain JOIN, and <> ALL does not", async () => {
  await database.exec(`
    insert into customers values (1, 'a', true), (2, 'b', false);
    insert into orders values (10, 1, 'open', 5), (11, 1, 'void', 7)`);
  const rows = async (join: string, condition: string) =>
    (
      await database.query(
        `select c.id, o.id as order_id from customers c ${join} orders o on o.customer_id = c.id where ${condition} order by 1, 2`,
      )
    ).rows;

  for (const condition of [
    "o.status = 'open'",
    "o.status not in ('void', 'x')",
    "not (o.total > 6)",
    "o.total > 1 or o.status = 'x'",
    "lower(o.status) like 'o%'",
  ]) {
    expect(await rows("left join", condition)).toEqual(await rows("join", condition));
  }
  for (const condition of [
    "o.status <> all ('{}')",
    "not (o.status = any ('{}'))",
    "coalesce(o.total, 0) < 9",
    "o.status is distinct from 'x'",
  ]) {
    expect(await rows("left join", condition)).not.toEqual(await rows("join", condition));
  }
});
