import rule from "../../../src/rules/migration/rename-column.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table users rename column name to full_name",
      severity: "warning",
      object: "users.name",
      message:
        "Once name of users is called full_name, every query and function body that still says name fails: the running application breaks until it is deployed anew.",
    },
    'alter table app."Users" rename "Name" to name',
    "alter view people rename column a to b",
    "create table notes (a int); alter table users rename a to b",
    "alter table if exists users rename a to b",
  ],
  good: [
    "alter table users add column full_name text",
    "create table users (name text); alter table users rename name to full_name",
    "alter table users add column name_new text; alter table users rename name_new to name",
    "alter table users rename to people",
    "alter table users rename constraint a to b",
    "alter type address rename attribute zip to code",
  ],
});
