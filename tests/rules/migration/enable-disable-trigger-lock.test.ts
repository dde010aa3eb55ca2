import rule from "../../../src/rules/migration/enable-disable-trigger-lock.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table orders disable trigger all",
      severity: "warning",
      object: "orders",
      message:
        "DISABLE TRIGGER takes a SHARE ROW EXCLUSIVE lock on orders, which blocks every write to it until the transaction ends. It also switches off the checks of foreign keys.",
    },
    {
      sql: 'alter table app."Orders" enable trigger "Touch"',
      message:
        'ENABLE TRIGGER takes a SHARE ROW EXCLUSIVE lock on app."Orders", which blocks every write to it until the transaction ends.',
    },
    { sql: "alter table orders add a int, disable trigger user", at: "disable trigger user" },
    "alter table orders enable always trigger touch",
    "alter table orders enable replica trigger touch",
  ],
  good: [
    "set session_replication_role = replica",
    "create table orders (id int); alter table orders disable trigger all",
    "alter table orders enable row level security",
    "alter table orders disable rule r",
    "alter event trigger watch disable",
  ],
});
