import rule from "../../../src/rules/migration/missing-lock-timeout.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table orders add column note text",
      severity: "warning",
      object: "orders",
      message:
        "This waits for its lock on orders as long as it takes, because no lock_timeout is set, and meanwhile the queries that conflict with it wait behind it.",
      fix: "set lock_timeout = '2s';\nalter table orders add column note text;",
    },
    { sql: "alter table orders add column note text", inTransaction: true, fix: null },
    "set lock_timeout = 0; alter table orders add column note text",
    "set statement_timeout = '5s'; create index on orders (note)",
    "begin; set local lock_timeout = '2s'; commit; drop table orders",
    "comment on column app.orders.note is 'x'",
    "reindex (concurrently false) index orders_idx",
    "vacuum (full false) orders",
    "lock table orders in access share mode",
    "refresh materialized view totals",
    "drop trigger stamp on orders",
    "create policy own on orders using (true)",
    { sql: "alter table orders add column note text; set lock_timeout = '2s'", at: "alter table orders add column note text" },
  ],
  good: [
    "set lock_timeout = '2s'; alter table orders add column note text",
    "begin; set local lock_timeout = '2s'; alter table orders add column note text; commit",
    "select set_config('lock_timeout', '2s', false); alter table orders add column note text",
    "create table orders (id int); alter table orders add column note text; create index on orders (note); comment on table orders is 'x'",
    "create index concurrently on orders (note)",
    "drop index concurrently orders_idx",
    "reindex (concurrently) table orders",
    "refresh materialized view concurrently totals",
    "lock table orders in share mode nowait",
    "select count(*) from orders",
    "update orders set note = ''",
    "create function f() returns int language sql as 'select 1'",
    "comment on function f() is 'x'",
    "drop function f()",
  ],
});
