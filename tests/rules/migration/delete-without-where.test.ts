import rule from "../../../src/rules/migration/delete-without-where.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "delete from sessions",
      severity: "error",
      object: "sessions",
      message: "DELETE without WHERE removes every row of sessions and keeps them locked until the transaction ends.",
    },
    'delete from only app."Sessions" as s returning *',
    "begin; delete from sessions; commit",
    "create table notes (id int); delete from sessions",
    "with old as (select 1) delete from sessions",
  ],
  good: [
    "delete from sessions where id = 1",
    "delete from sessions where true",
    "delete from sessions using users where users.id = user_id",
    "create table staging (id int); delete from staging",
    "truncate sessions",
  ],
});
