import rule from "../../../src/rules/migration/uncommitted-transaction.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "begin; create table users (id int)",
      at: "begin",
      severity: "error",
      message: "Nothing commits what BEGIN opens here: when the connection ends, Postgres takes the rest of the migration back.",
    },
    "start transaction; create table users (id int)",
    "begin; savepoint a; rollback to a",
    "begin; select 1; commit; begin; select 2",
    "select 1; begin -- 'commit;'",
  ],
  good: [
    "begin; select 1; commit",
    "begin; select 1; rollback",
    "begin; select 1; prepare transaction 'x'",
    { sql: "commit; create index concurrently on orders (id); begin; select 1", inTransaction: true },
    "select 1",
  ],
});
