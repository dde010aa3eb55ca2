import rule from "../../../src/rules/migration/reindex-not-concurrent.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "reindex table orders",
      severity: "error",
      message:
        "REINDEX takes a SHARE lock on orders and an ACCESS EXCLUSIVE lock on each index: writes wait, and so do queries that plan on these indexes.",
      fix: "reindex table concurrently orders;",
    },
    { sql: 'reindex index sales."By Number"', object: 'sales."By Number"', fix: 'reindex index concurrently sales."By Number";' },
    { sql: "reindex schema sales", fix: "reindex schema concurrently sales;" },
    { sql: "reindex database shop", fix: "reindex database concurrently shop;" },
    { sql: "reindex (concurrently false) table orders", fix: null },
    { sql: "reindex table orders", inTransaction: true, fix: null },
  ],
  good: [
    "reindex table concurrently orders",
    "reindex (concurrently) index numbers",
    "reindex (verbose, concurrently on) table orders",
    "create table notes (id bigint primary key); reindex table notes",
    "reindex system shop",
  ],
});
