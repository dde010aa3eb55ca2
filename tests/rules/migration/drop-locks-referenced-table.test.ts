import rule from "../../../src/rules/migration/drop-locks-referenced-table.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["drop table order_items", "alter table order_items drop constraint fk"],
  rehearsed: {
    setup: `
create table customers (id int primary key);
create table orders (id int primary key, code int unique, customer_id int constraint fk references customers, note text, parent_id int constraint own references orders);
create table items (order_id int references orders, customer_id int references customers);
create table countries (id int primary key);
create table cities (country_id int constraint fk references countries);
create table events (day date, order_id int references orders) partition by range (day);
create table events_a partition of events for values from ('2026-01-01') to ('2026-02-01');`,
    rows: { customers: 1_000_000, countries: 200 },
    bad: [
      {
        sql: "alter table orders drop constraint fk",
        severity: "warning",
        object: "customers",
        message:
          "A foreign key of orders goes with this, so customers (about 1,000,000 rows), to which it refers, is locked ACCESS EXCLUSIVE too: while that waits for running queries, every new one on customers waits behind it.",
        fix: "set lock_timeout = '2s';\nalter table orders drop constraint fk;",
      },
      { sql: "alter table orders drop column customer_id", object: "customers" },
      { sql: "drop table events", object: "orders", severity: "info" },
      { sql: "alter table items drop constraint items_order_id_fkey", object: "orders", severity: "info" },
      { sql: "begin; alter table orders drop constraint fk; commit", fix: null },
    ],
    good: [
      "alter table orders drop column note",
      "alter table orders drop constraint own",
      "drop table cities",
      "drop table nowhere",
      "set lock_timeout = '1s'; drop table items",
      "create table notes (id int references customers); drop table notes",
      // The referring table is named by the error, or by CASCADE.
      "drop table customers",
      "alter table orders drop constraint nope",
      "drop table cities, countries",
      "drop view if exists customers",
    ],
  },
});
