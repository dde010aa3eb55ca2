import rule from "../../../src/rules/migration/vacuum-full-or-cluster.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "vacuum full orders",
      severity: "error",
      object: "orders",
      message: "VACUUM FULL writes orders anew, under an ACCESS EXCLUSIVE lock that blocks every read and write.",
    },
    {
      sql: 'vacuum (full, analyze) app."Orders", users',
      message: 'VACUUM FULL writes app."Orders", users anew, under an ACCESS EXCLUSIVE lock that blocks every read and write.',
    },
    "cluster orders using numbers",
    { sql: "cluster", message: "CLUSTER writes every table anew, under an ACCESS EXCLUSIVE lock that blocks every read and write." },
    "vacuum (full on)",
  ],
  good: [
    "vacuum orders",
    "vacuum (freeze, analyze) orders",
    "vacuum (full false) orders",
    "alter table orders cluster on numbers",
    "create table notes (id int primary key); cluster notes using notes_pkey",
  ],
});
