import rule from "../../../src/rules/migration/transaction-nesting.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "begin; select 1; begin; commit",
      severity: "warning",
      message: "A transaction is open already, so BEGIN opens none: the next COMMIT ends the outer one, and what follows it runs without.",
    },
    {
      sql: "begin; select 1; commit; commit",
      message: "No transaction is open, so COMMIT does nothing: what was to be in it has been committed statement by statement.",
    },
    { sql: "begin; select 1", inTransaction: true },
    "start transaction; start transaction read only; commit",
    "select 1; rollback",
    { sql: "select 1; rollback", inTransaction: true, severity: "warning" },
    {
      sql: "commit; create index concurrently on orders (id); begin; select 1",
      inTransaction: true,
      at: "commit",
      severity: "info",
      message:
        "COMMIT ends the transaction that the migration tool opened: what follows runs without, and what the tool notes down about this file is no longer part of it.",
    },
  ],
  good: [
    "begin; select 1; commit",
    "begin; select 1; commit; begin; select 2; rollback",
    "begin; savepoint a; select 1; rollback to a; release a; commit",
    "begin; select 1; commit; begin; savepoint a; rollback",
    "select 1",
  ],
});
