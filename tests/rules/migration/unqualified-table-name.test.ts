import rule from "../../../src/rules/migration/unqualified-table-name.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "create table orders (id bigint)",
      severity: "info",
      object: "orders",
      message: "Which orders this means depends on the search_path of whoever runs it: write the schema with it.",
      fix: null,
    },
    "alter table orders add column note text",
    "alter table orders rename column a to b",
    "alter table orders rename to bills",
    "drop table orders",
    "create index on orders (note)",
    "create table kept as select 1",
    "set lock_timeout = '2s'; alter table orders add column note text",
  ],
  good: [
    "create table public.orders (id bigint)",
    "alter table app.orders add column note text",
    "create table app.kept as select 1",
    "create temp table kept (id int); alter table kept add column a int",
    "create temporary table kept as select 1",
    "set search_path = app; create table orders (id bigint)",
    "select pg_catalog.set_config('search_path', '', false); alter table orders add column note text",
    "drop view totals",
    "alter index orders_idx rename to o",
    "select * from orders",
    "alter type mood rename to feeling",
  ],
});
