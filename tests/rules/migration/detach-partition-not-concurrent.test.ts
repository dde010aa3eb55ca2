import rule from "../../../src/rules/migration/detach-partition-not-concurrent.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table events detach partition march",
      severity: "warning",
      object: "events",
      message:
        "DETACH PARTITION takes an ACCESS EXCLUSIVE lock on events and on march: while it waits for running queries, every new one on any partition waits behind it.",
      fix: "alter table events detach partition march concurrently;",
    },
    {
      sql: 'alter table app."Events" detach partition app."March"',
      fix: 'alter table app."Events" detach partition app."March" concurrently;',
    },
    { sql: "alter table events detach partition march", inTransaction: true, fix: null },
    { sql: "begin; alter table if exists events detach partition march; commit", fix: null },
    "create table notes (id int); alter table events detach partition march",
  ],
  good: [
    "alter table events detach partition march concurrently",
    "alter table events detach partition march finalize",
    "create table events (id int) partition by range (id); alter table events detach partition march",
    "alter table events attach partition march default",
    "drop table march",
  ],
});
