import rule from "../../../src/rules/migration/drop-column.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table users drop column nickname",
      at: "drop column nickname",
      severity: "error",
      object: "users.nickname",
      message: "Dropping nickname loses its values in users, and every query that still names it fails from then on.",
      fix: null,
    },
    'alter table app."Users" drop if exists "Nick" cascade',
    { sql: "alter table users add a int, drop column b", at: "drop column b" },
    {
      sql: "begin; alter table users drop column age; alter table users rename age_new to age; commit",
      severity: "warning",
      message: "Dropping age loses its values in users, and age_new takes its name in the same transaction.",
    },
    { sql: "alter table users drop column age; alter table users rename age_new to age", severity: "error" },
    { sql: "begin; alter table users drop column age; commit; alter table users rename age_new to age", severity: "error" },
    "begin; create table notes (a int); alter table users drop a; commit",
    "alter table only users drop column a restrict",
  ],
  good: [
    "alter table users alter column nickname drop not null",
    "create table users (a int, b int); alter table users drop column b",
    "alter table users drop constraint users_pkey",
    "alter type address drop attribute zip",
    "drop table if exists pg_temp.users",
  ],
});
