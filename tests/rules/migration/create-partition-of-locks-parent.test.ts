import rule from "../../../src/rules/migration/create-partition-of-locks-parent.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "create table march partition of events for values from (1) to (2)",
      severity: "warning",
      object: "events",
      message:
        "CREATE TABLE … PARTITION OF takes an ACCESS EXCLUSIVE lock on events: while it waits for running queries, every new one on any partition waits behind it. ATTACH PARTITION of march, made before, lets reads and writes go on.",
    },
    'create table app."March" partition of app."Events" for values in (1)',
    "create table if not exists march partition of events default",
    "create table march partition of events for values from (1) to (2) partition by list (a)",
    "create table notes (id int); create table march partition of events for values in (1)",
  ],
  good: [
    "create table march (like events); alter table events attach partition march for values in (1)",
    "create table events (a int) partition by list (a); create table march partition of events for values in (1)",
    "create table march () inherits (events)",
    "create table events (a int) partition by list (a)",
    "alter table events detach partition march concurrently",
  ],
});
