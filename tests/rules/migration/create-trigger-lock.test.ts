import rule from "../../../src/rules/migration/create-trigger-lock.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "create trigger touch before update on orders for each row execute function touch()",
      severity: "info",
      object: "orders",
      message:
        "CREATE TRIGGER takes a SHARE ROW EXCLUSIVE lock, which blocks writes, on orders until the transaction ends: keep that transaction short, and set lock_timeout so that nobody queues behind it for long.",
    },
    { sql: 'drop trigger if exists "Touch" on app."Orders"', object: 'app."Orders"' },
    'create constraint trigger c after insert on app."Orders" for each row execute function touch()',
    "create or replace trigger touch after insert on orders execute function touch()",
    "create table notes (id int); drop trigger touch on orders",
  ],
  good: [
    "create table orders (id int); create trigger touch before update on orders for each row execute function touch()",
    "create or replace function touch() returns trigger language plpgsql as 'begin return new; end'",
    "create event trigger watch on ddl_command_end execute function watch()",
    "drop event trigger watch",
    "drop policy mine on orders",
  ],
});
