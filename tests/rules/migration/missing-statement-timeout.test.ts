import rule from "../../../src/rules/migration/missing-statement-timeout.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "set lock_timeout = '2s'; alter table orders alter column total type bigint",
      at: "alter table orders alter column total type bigint",
      severity: "info",
      object: "orders",
      message:
        "Nothing ends this if it takes longer than expected, because no statement_timeout is set: its lock on orders is kept until it is done.",
      fix: null,
    },
    "set statement_timeout = 0; drop table orders",
    "reindex index orders_idx",
    "refresh materialized view totals",
  ],
  good: [
    "set statement_timeout = '60s'; alter table orders add column note text",
    "begin; set local statement_timeout = 60000; drop table orders; commit",
    "create index concurrently on orders (note)",
    "create table orders (id int); alter table orders add column note text",
    "select 1",
  ],
});
