import rule from "../../../src/rules/migration/drop-schema.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "drop schema legacy cascade",
      severity: "error",
      object: "legacy",
      message: "DROP SCHEMA … CASCADE loses every table, view and function of legacy, whatever they hold.",
    },
    { sql: 'drop schema if exists "Old", legacy', severity: "warning", object: '"Old", legacy' },
    "begin; drop schema legacy cascade; commit",
    { sql: "begin; create schema a; drop schema a, b", object: "b" },
    "create table legacy.notes (id int); drop schema legacy cascade",
  ],
  good: [
    "begin; create schema scratch; drop schema scratch cascade; commit",
    "create schema legacy",
    "drop table legacy.invoices",
    "alter schema legacy owner to postgres",
    "revoke usage on schema legacy from public",
  ],
});
