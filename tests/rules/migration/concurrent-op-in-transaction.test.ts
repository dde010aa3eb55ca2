import rule from "../../../src/rules/migration/concurrent-op-in-transaction.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "begin; create index concurrently on orders (customer_id); commit",
      at: "create index concurrently on orders (customer_id)",
      severity: "error",
      message: "CREATE INDEX CONCURRENTLY cannot run inside a transaction: Postgres stops the migration here with an error.",
      fix: null,
    },
    { sql: "drop index concurrently idx", inTransaction: true, object: "DROP INDEX CONCURRENTLY" },
    { sql: "start transaction; reindex table concurrently orders; commit", object: "REINDEX CONCURRENTLY" },
    { sql: "reindex schema sales", inTransaction: true, object: "REINDEX of more than one table" },
    { sql: "alter table events detach partition march concurrently", inTransaction: true, object: "DETACH PARTITION CONCURRENTLY" },
    { sql: "vacuum orders", inTransaction: true, object: "VACUUM" },
    { sql: "create database shop", inTransaction: true, object: "CREATE DATABASE" },
    { sql: "alter system set work_mem = '64MB'", inTransaction: true, object: "ALTER SYSTEM" },
    { sql: "cluster", inTransaction: true, object: "CLUSTER of all tables" },
  ],
  good: [
    "create index concurrently on orders (customer_id)",
    { sql: "commit; create index concurrently on orders (customer_id); begin; select 1", inTransaction: true },
    "begin; select 1; commit; drop index concurrently idx",
    { sql: "refresh materialized view concurrently totals", inTransaction: true },
    { sql: "create index on orders (customer_id); analyze orders; cluster orders using idx; reindex table orders", inTransaction: true },
    { sql: "alter table events detach partition march", inTransaction: true },
  ],
});
