import rule from "../../../src/rules/migration/create-index-not-concurrent.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "create index orders_customer_id_idx on orders (customer_id)",
      at: "create index orders_customer_id_idx on orders (customer_id)",
      severity: "error",
      object: "orders",
      message: "CREATE INDEX takes a SHARE lock on orders, which blocks every write to it until the index is built.",
      fix: "create index concurrently orders_customer_id_idx on orders (customer_id);",
      undo: "drop index concurrently orders_customer_id_idx;",
    },
    {
      sql: 'create unique index if not exists "By Number" on sales."Orders" (number)',
      object: 'sales."Orders"',
      fix: 'create unique index concurrently if not exists "By Number" on sales."Orders" (number);',
      undo: 'drop index concurrently sales."By Number";',
    },
    { sql: "begin; create table notes (); commit; create index on orders (customer_id)", at: "create index on orders (customer_id)" },
    { sql: "create table app.notes (); create index on old.notes (body)", object: "old.notes" },
    { sql: "create index on orders (customer_id)", inTransaction: true, fix: null },
  ],
  good: [
    "create index concurrently on orders (customer_id)",
    "create table notes (body text); create index on notes (body)",
    "create table notes as select * from orders; create unique index on notes (id)",
    "create materialized view totals as select 1 as id; create unique index on totals (id)",
    "create index on only events (day)",
    "begin; create table notes (body text); commit; create index on notes (body)",
  ],
  rehearsed: {
    setup: `
      create table orders (id bigint primary key, customer_id bigint);
      create table settings (key text primary key, value text);
      create table events (id bigint, day date) partition by range (day);
      create table events_march partition of events for values from ('2026-03-01') to ('2026-04-01')`,
    rows: { orders: 40_000_000, settings: 0 },
    bad: [
      {
        sql: "create index on orders (customer_id)",
        severity: "error",
        message:
          "CREATE INDEX takes a SHARE lock on orders (about 40,000,000 rows), which blocks every write to it until the index is built.",
      },
      {
        sql: "create index on events (day)",
        message:
          "CREATE INDEX takes a SHARE lock on events and on every partition of it, which blocks every write to them until all their indexes are built.",
        fix: null,
      },
    ],
    good: ["create index on settings (value)", "create index on only events (day)"],
  },
});
