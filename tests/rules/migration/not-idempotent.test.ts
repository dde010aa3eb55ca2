import rule from "../../../src/rules/migration/not-idempotent.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table orders add column note text; select 1",
      at: "alter table orders add column note text",
      severity: "info",
      object: "note",
      message:
        "No transaction is open here, so what ran before a failure stays, and the next try stops here if note is there already: say IF NOT EXISTS, or drop it first.",
      fix: null,
    },
    {
      sql: "create index concurrently orders_idx on orders (note)",
      inTransaction: true,
      message:
        "CONCURRENTLY works in no transaction, so what ran before a failure stays, and the next try stops here if orders_idx is there already: say IF NOT EXISTS, or drop it first.",
    },
    {
      sql: "drop index concurrently orders_idx",
      message:
        "CONCURRENTLY works in no transaction, so what ran before a failure stays, and the next try stops here if orders_idx is gone already: say IF EXISTS, or drop it first.",
    },
    "create table notes (id int); select 1",
    "drop type mood; select 1",
    "drop table app.notes; select 1",
    "alter table orders drop constraint c; select 1",
    "alter table orders add constraint c check (a > 0) not valid; alter table orders validate constraint c",
    "create schema app; select 1",
    "create view v as select 1; select 1",
    "alter table orders drop constraint if exists d; alter table orders add constraint c check (a > 0)",
  ],
  good: [
    // A statement alone is done or not.
    "create table notes (id int)",
    "begin; create table notes (id int); alter table notes add column a int; commit",
    { sql: "create table notes (id int); drop table orders", inTransaction: true },
    "create table if not exists notes (id int); select 1",
    "alter table orders add column if not exists note text; select 1",
    "create index concurrently if not exists orders_idx on orders (note); drop index concurrently if exists old_idx",
    "alter table orders drop constraint if exists c; alter table orders add constraint c unique using index i",
    "drop index concurrently if exists orders_idx; create index concurrently orders_idx on orders (note)",
    "drop table if exists app.notes; create table app.notes (id int)",
    "drop trigger if exists stamp on orders; create trigger stamp before update on orders for each row execute function f()",
    "select 1; create index concurrently on orders (note)",
    "select 1; create temp table kept (id int) on commit drop",
    "create or replace view v as select 1; select 1",
    "insert into roles values ('a'); update orders set note = ''",
    "alter table orders alter note set default ''; select 1",
  ],
});
