import rule from "../../../src/rules/migration/drop-index-not-concurrent.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "drop index orders_customer_id_idx",
      severity: "warning",
      message:
        "DROP INDEX takes an ACCESS EXCLUSIVE lock on the table of orders_customer_id_idx: while it waits for running queries, every new one waits behind it.",
      fix: "drop index concurrently orders_customer_id_idx;",
    },
    {
      sql: 'drop index if exists sales."By Number", idx2',
      object: 'sales."By Number", idx2',
      fix: 'drop index concurrently if exists sales."By Number";\ndrop index concurrently if exists idx2;',
    },
    { sql: "drop index idx cascade", fix: null },
    { sql: "drop index idx", inTransaction: true, fix: null },
    "begin; create index other on notes (body); drop index idx; commit",
  ],
  good: [
    "drop index concurrently orders_customer_id_idx",
    "drop table orders",
    "alter table orders drop constraint orders_pkey",
    "begin; create index idx on notes (body); drop index idx; commit",
    "drop materialized view idx",
  ],
  rehearsed: {
    setup: "create table orders (id bigint, number text); create index numbers on orders (number)",
    bad: [
      { sql: "drop index numbers", object: "numbers" },
      "begin; drop index numbers; alter table orders alter column number set default ''; create table a (b int); commit",
      "begin; drop index numbers; commit; alter table orders drop column number",
      { sql: "drop index numbers; alter table orders drop column number", object: "numbers" },
    ],
    good: [
      "begin; drop index numbers; alter table orders drop column number; commit",
      { sql: "drop index numbers; alter table orders add primary key (id), add note text", inTransaction: true },
      "drop index concurrently numbers",
      "create table notes (body text); create index bodies on notes (body); drop index bodies",
    ],
  },
});
