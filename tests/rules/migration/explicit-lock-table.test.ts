import rule from "../../../src/rules/migration/explicit-lock-table.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "begin; lock table accounts; commit",
      at: "lock table accounts",
      severity: "warning",
      object: "accounts",
      message: "LOCK TABLE keeps an ACCESS EXCLUSIVE lock on accounts until the transaction ends, which blocks every read and write to it.",
    },
    {
      sql: 'lock table app."Accounts" in share row exclusive mode',
      inTransaction: true,
      message: 'LOCK TABLE keeps a SHARE ROW EXCLUSIVE lock on app."Accounts" until the transaction ends, which blocks every write to it.',
    },
    { sql: "lock only accounts, users in share mode nowait", inTransaction: true, object: "accounts, users" },
    { sql: "create table notes (id int); lock table notes, accounts", inTransaction: true, object: "accounts" },
    { sql: "lock accounts in exclusive mode", inTransaction: true },
  ],
  good: [
    { sql: "lock table accounts in row exclusive mode", inTransaction: true },
    { sql: "lock table accounts in access share mode", inTransaction: true },
    { sql: "lock table accounts in share update exclusive mode", inTransaction: true },
    { sql: "create table notes (id int); lock table notes", inTransaction: true },
    "select id from accounts where id = 42 for update",
  ],
});
