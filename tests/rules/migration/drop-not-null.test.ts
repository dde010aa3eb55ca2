import rule from "../../../src/rules/migration/drop-not-null.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table users alter column country drop not null",
      at: "alter column country drop not null",
      severity: "info",
      object: "users.country",
      message: "From now on country of users may be NULL: code that reads it must be ready for that before the first NULL is written.",
    },
    'alter table app."Users" alter "C" drop not null',
    { sql: "alter table users add a int, alter b drop not null", at: "alter b drop not null" },
    "begin; alter table users alter a drop not null; commit",
    "create table notes (id int); alter table users alter a drop not null",
  ],
  good: [
    "alter table users alter country set not null",
    "alter table users alter country drop default",
    "create table users (a int not null); alter table users alter a drop not null",
    "alter domain country drop not null",
    "alter table users drop constraint country_given",
  ],
});
