import { expect, test } from "vitest";
import rule from "../../../src/rules/query/or-across-columns.ts";
import { testRule } from "../rule-test.ts";

const database = testRule(rule, {
  setup: `
    create table orders (id bigint primary key, customer_id bigint, seller_id bigint, code text, status text, parent_id bigint, tenant_id bigint, paid boolean);
    create index on orders (customer_id);
    create index on orders (code);
    create index on orders (tenant_id);
    create index on orders (status) where status = 'open';
    create table customers (id bigint primary key, email text, phone text, referrer_id bigint);
    create index on customers (email);
    create table tags (order_id bigint, name text);
    create table settings (id int primary key, key text, label text);
    create view open as select * from orders`,
  rows: { orders: 4_000_000, customers: 50_000, tags: 9_000_000, settings: 20 },
  bad: [
    {
      sql: "select code from orders where customer_id = $1 or seller_id = $1",
      at: "customer_id = $1 or seller_id = $1",
      object: "orders.seller_id",
      severity: "warning",
      message:
        "The index on orders.customer_id is of no use here, because the other side of OR has none on orders.seller_id: Postgres reads every row of orders (about 4,000,000 rows).",
      fix: "create index concurrently orders_seller_id_idx on orders (seller_id);",
    },
    {
      sql: "select code from orders o where paid and (o.code = 'x' or o.seller_id in (1, 2))",
      at: "o.code = 'x' or o.seller_id in (1, 2)",
      fix: "create index concurrently orders_seller_id_idx on orders (seller_id);",
    },
    { sql: "select id from orders where customer_id = 1 or seller_id = 2 or parent_id = 3", fix: null },
    { sql: "select id from orders where code = 'x' or status = 'paid'", object: "orders.status" },
    { sql: "select id from orders where code = 'x' or (seller_id = 2 and parent_id = 3)", object: "orders.seller_id" },
    {
      sql: "select id from orders where seller_id = 1 or parent_id = 2",
      severity: "info",
      message:
        "Neither side of this OR has an index, and it takes one for each: Postgres reads every row of orders (about 4,000,000 rows).",
      fix: null,
    },
    {
      sql: "select code from orders where customer_id = 5 or id in (select order_id from tags where name = 'x')",
      at: "customer_id = 5 or id in (select order_id from tags where name = 'x')",
      object: "orders",
      severity: "warning",
      message:
        "Beside a subquery, OR keeps every index of orders (about 4,000,000 rows) from finding the rows, and Postgres tests one after the other. Write one query for each side and put them together with UNION.",
      fix: null,
    },
    { sql: "select code from orders o where seller_id = 5 or exists (select from tags t where t.order_id = o.id)", severity: "info" },
    {
      sql: "select o.id from orders o join customers c on c.id = o.customer_id where o.code = 'x' or c.email = 'y'",
      at: "o.code = 'x' or c.email = 'y'",
      object: "orders.code",
      severity: "warning",
      message:
        "orders.code or customers.email is asked for after the join, so no index finds the rows and Postgres joins all of orders (about 4,000,000 rows) and customers (about 50,000 rows) first. Write one query for each side and put them together with UNION.",
      fix: null,
    },
    {
      sql: "select o.id from orders o join customers c on c.id = o.seller_id or c.referrer_id = o.parent_id",
      at: "c.id = o.seller_id or c.referrer_id = o.parent_id",
      severity: "warning",
      message:
        "A join by either of two conditions can be neither hashed nor merged, so Postgres compares each row of orders (about 4,000,000 rows) with each of customers (about 50,000 rows). Write one query for each side and put them together with UNION.",
      fix: null,
    },
    {
      sql: "select o.id from orders o left join customers c on c.id = o.seller_id or c.referrer_id = o.parent_id",
      message:
        "A join by either of two conditions can be neither hashed nor merged, so Postgres compares each row of orders (about 4,000,000 rows) with each of customers (about 50,000 rows). Join twice, once by each condition.",
    },
    { sql: "update orders set paid = true where customer_id = 1 or seller_id = 1" },
  ],
  good: [
    "select id from orders where customer_id = 1 or code = 'x'",
    "select id from orders where customer_id = 1 or code = 'x' or id = 5",
    "select id from orders where seller_id = 1 or seller_id = 2",
    "select id from orders where (seller_id = 1 and parent_id = 2) or (seller_id = 2 and parent_id = 3)",
    "select id from orders where $1::bigint is null or seller_id = $1",
    "select id from orders where customer_id = 1 or paid",
    "select id from orders where customer_id = 1 or seller_id <> 2",
    "select id from orders where customer_id = 1 or seller_id is null",
    "select id from orders where customer_id = 1 or seller_id > 5",
    "select id from orders where id > $1 or (id = $1 and seller_id > $2)",
    "select id from orders where tenant_id = $1 and (customer_id = 1 or seller_id = 1)",
    "select id from orders where id = $1 and (customer_id = 1 or seller_id = 1)",
    "select id from orders where not (customer_id = 1 or seller_id = 1)",
    "select customer_id = 1 or seller_id = 1 from orders",
    "select id from settings where key = 'x' or label = 'y'",
    "select id from open where customer_id = 1 or seller_id = 1",
    "select o.id from orders o join customers c on c.id = o.customer_id where (o.code = 'x' and c.email = 'y') or (o.code = 'z' and c.email = 'w')",
    "select o.id from orders o join customers c on c.id = o.customer_id where o.tenant_id = 5 and (o.code = 'x' or c.email = 'y')",
    "select o.id from orders o join settings s on s.id = o.parent_id where s.key = 'x' or o.id = o.seller_id",
    "select o.id from orders o join customers c on o.customer_id = c.referrer_id or o.code = c.phone",
    "select o.id from orders o join customers c on (o.seller_id = c.id and o.paid) or (o.seller_id = c.id and c.phone = 'x')",
    "select o.id from orders o left join customers c on c.id = o.customer_id and (c.phone = 'x' or c.email = 'y' or o.code = 'z')",
    "select o.id from orders o left join customers c on c.id = o.customer_id and (c.phone = 'x' or c.email = 'y')",
    "select a.id from settings a join settings b on a.key = b.label or a.label = b.key",
    "select id from orders where customer_id = 5 or exists (select from tags where name = 'x')",
    "select id from orders where paid or id in (select order_id from tags)",
    "select id from orders where customer_id = 5 or id not in (select order_id from tags)",
    "select id from orders where id in (select id from orders where customer_id = 1 union select id from orders where seller_id = 1)",
  ],
  unknown: {
    bad: [
      {
        sql: "select id from orders where a = 1 or b = 2",
        severity: "info",
        message: "Unless each side of this OR has an index of its own, Postgres reads every row of orders.",
      },
    ],
    good: ["select id from orders where id = 1 and (a = 1 or b = 2)", "select x from a, b where y = 1 or z = 2"],
  },
});

test("Postgres puts indexes together only where each side of OR has one, and never beside a subquery", async () => {
  await database.exec("set enable_seqscan = off");
  const isBitmap = async (condition: string) => {
    const { rows } = await database.query<{ "QUERY PLAN": string }>(`explain select from orders where ${condition}`);
    return rows.some((row) => row["QUERY PLAN"].includes("BitmapOr"));
  };
  expect(await isBitmap("customer_id = 1 or code = 'x'")).toBe(true);
  expect(await isBitmap("customer_id = 1 or seller_id = 1")).toBe(false);
  expect(await isBitmap("code = 'x' or status = 'paid'")).toBe(false);
  expect(await isBitmap("customer_id = 5 or id in (select order_id from tags)")).toBe(false);
});

test("a join by either of two equalities is neither hashed nor merged", async () => {
  const { rows } = await database.query<{ "QUERY PLAN": string }>(
    "explain select from orders o join customers c on c.id = o.seller_id or c.referrer_id = o.parent_id",
  );
  expect(rows[0]?.["QUERY PLAN"]).toMatch(/^Nested Loop/);
});
