import rule from "../../../src/rules/migration/truncate-table.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "truncate events",
      severity: "error",
      object: "events",
      message: "TRUNCATE removes every row of events under an ACCESS EXCLUSIVE lock, and no trigger for DELETE sees them go.",
    },
    { sql: 'truncate table app."Events", log restart identity', object: 'app."Events", log' },
    { sql: "create table notes (id int); truncate notes, events", object: "events" },
    "truncate only events cascade",
    "begin; truncate events; commit",
  ],
  good: [
    "delete from events where id < 5000",
    "create table staging (id int); truncate staging",
    "drop table events",
    "create temp table staging as select 1; truncate staging",
    "vacuum events",
  ],
});
