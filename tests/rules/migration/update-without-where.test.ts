import rule from "../../../src/rules/migration/update-without-where.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "update users set country = 'unknown'",
      severity: "error",
      object: "users",
      message: "UPDATE without WHERE writes a new version of every row of users, and keeps all of them locked until the transaction ends.",
    },
    'update only app."Users" as u set a = b + 1 returning *',
    "begin; alter table users add a int; update users set a = 1; commit",
    "create table notes (id int); update users set a = 1",
    "with x as (select 1) update users set (a, b) = (1, 2)",
  ],
  good: [
    "update users set a = 1 where id between 1 and 5000",
    "update users set a = 1 where true",
    "update users set a = b.a from b where b.id = users.id",
    "create table staging (id int); update staging set id = 1",
    "insert into users values (1) on conflict (id) do update set a = 1",
  ],
});
