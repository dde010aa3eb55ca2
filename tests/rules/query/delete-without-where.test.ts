import rule from "../../../src/rules/query/delete-without-where.ts";
import { testRule } from "../rule-test.ts";

testRule(rule, {
  setup: `create table orders (id bigint primary key); create table "Line Items" (id bigint, order_id bigint); create schema shop; create table shop.orders (id int)`,
  rows: { orders: 1200 },
  bad: [
    {
      sql: "delete from orders",
      at: "orders",
      object: "orders",
      severity: "error",
      message: "DELETE without WHERE removes every row of orders (about 1,200 rows) and keeps them locked until the transaction ends.",
      fix: null,
    },
    { sql: "delete from only orders as o returning o.id", object: "orders", at: "only orders as o" },
    { sql: 'delete from "Line Items"', object: '"Line Items"', at: '"Line Items"' },
    { sql: "delete from shop.orders", object: "shop.orders" },
    { sql: "with gone as (select id from orders) delete from orders", object: "orders" },
    "-- tidy up\ndelete from orders;",
  ],
  good: [
    "delete from orders where id = 1",
    "delete from orders where true",
    'delete from "Line Items" using orders where orders.id = order_id',
    'with gone as (delete from orders returning id) insert into "Line Items" (order_id) select id from gone',
    "update orders set id = id + 1",
    "select id from orders",
    "with old as (select id from orders limit 100) delete from orders where id in (select id from old)",
  ],
  unknown: {
    bad: [{ sql: "delete from anything", object: "anything" }],
    good: ["delete from anything where id = 1", "explain delete from anything"],
  },
});
