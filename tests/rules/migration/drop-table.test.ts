import { expect } from "vitest";
import rule from "../../../src/rules/migration/drop-table.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "drop table sessions",
      severity: "error",
      object: "sessions",
      message: "DROP TABLE loses all of sessions, and every query that still names it fails from then on.",
    },
    { sql: 'drop table if exists app."Sessions", users cascade', object: 'app."Sessions", users' },
    { sql: "create table notes (id int); drop table notes, users", object: "users" },
    {
      sql: "begin; drop table sessions; create table sessions (id int); commit",
      message: "DROP TABLE loses all of sessions, and the script gives its name to another.",
    },
    {
      sql: "drop table sessions; alter table sessions_new rename to sessions",
      message: expect.stringMatching(/gives its name to another/),
    },
    {
      sql: "drop table sessions, users; create view users as select 1",
      message: expect.stringMatching(/every query that still names it fails/),
    },
    "create table app.notes (id int); drop table other.notes",
  ],
  good: [
    "create table staging (id int); drop table staging",
    "drop view sessions",
    "drop index concurrently sessions",
    "create temp table staging (id int); drop table staging",
    "alter table sessions rename to sessions_unused",
  ],
});
