import rule from "../../../src/rules/migration/truncate-cascade.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "truncate customers cascade",
      severity: "error",
      object: "customers",
      message: "TRUNCATE … CASCADE also empties every table that refers to customers by a foreign key, whatever its ON DELETE says.",
    },
    'truncate table app."Customers", notes restart identity cascade',
    "begin; truncate customers cascade; commit",
    "create table notes (id int); truncate notes, customers cascade",
    "truncate only customers cascade",
  ],
  good: [
    "truncate customers",
    "truncate customers, orders restrict",
    "create table notes (id int); truncate notes cascade",
    "drop table customers cascade",
    "delete from customers",
  ],
  rehearsed: {
    setup: `
      create table customers (id bigint primary key);
      create table orders (id bigint primary key, customer_id bigint references customers);
      create table items (id bigint primary key, order_id bigint references orders);
      create table tags (id bigint primary key)`,
    bad: [
      {
        sql: "truncate customers cascade",
        message: "TRUNCATE … CASCADE also empties orders, items, which refer to customers by a foreign key, whatever its ON DELETE says.",
      },
    ],
    good: ["truncate tags cascade"],
  },
});
