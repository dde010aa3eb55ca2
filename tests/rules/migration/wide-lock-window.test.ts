import rule from "../../../src/rules/migration/wide-lock-window.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "begin; alter table orders add column note text; alter table users add column city text; commit",
      at: "alter table users add column city text",
      severity: "info",
      object: "users",
      message:
        "While this waits for its lock on users, the transaction keeps the ACCESS EXCLUSIVE lock on orders that statement 2 took: nobody can read or write orders meanwhile, and whoever takes the two the other way round ends in a deadlock.",
      fix: null,
    },
    // Once, at the second table.
    { sql: "alter table a add x int; alter table b add x int; alter table c add x int", inTransaction: true, object: "b" },
    { sql: "drop table a; drop table b", inTransaction: true },
    { sql: "truncate a; alter table app.a add x int; alter table b add x int", inTransaction: true, object: "b" },
    { sql: "alter table a.users add x int; alter table b.users add x int", inTransaction: true, object: "b.users" },
  ],
  good: [
    "set lock_timeout = '2s'; begin; alter table a add x int; alter table b add x int; commit",
    "alter table orders add column note text; alter table users add column city text",
    "begin; alter table orders add column note text; commit; begin; alter table users add column city text; commit",
    "begin; alter table orders add column a int; alter table orders add column b int; commit",
    "begin; alter table orders add column a int; alter table public.orders add column b int; commit",
    "begin; create table notes (id int); alter table notes add column a int; alter table orders add column b int; commit",
    "begin; alter table orders validate constraint c; alter table users validate constraint d; commit",
    "begin; create index on orders (id); create index on users (id); commit",
    "begin; alter table orders add constraint f foreign key (user_id) references users not valid; commit",
    "begin; alter index orders_idx rename to o; comment on table users is 'x'; commit",
  ],
  rehearsed: {
    setup: `
create table users (id bigint primary key);
create table orders (id bigint primary key, user_id bigint references users);
create table events (day date) partition by range (day);
create table events_1 partition of events for values from ('2026-01-01') to ('2027-01-01');`,
    bad: [{ sql: "begin; alter table orders add note text; alter table users add city text; commit", object: "users" }],
    good: [
      "begin; alter table events add note text; alter table events add city text; commit",
      "begin; alter table orders drop constraint orders_user_id_fkey; alter table orders add note text; commit",
      "begin; alter table orders alter user_id set statistics 500; alter table users add city text; commit",
      "begin; alter table orders add note text; alter table nowhere add city text; commit",
    ],
  },
});
