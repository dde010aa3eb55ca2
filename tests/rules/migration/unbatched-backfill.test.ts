import rule from "../../../src/rules/migration/unbatched-backfill.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "update users set domain = split_part(email, '@', 2) where domain is null",
      severity: "warning",
      object: "users",
      message:
        "This fills domain in every row of users at once: all of them stay locked, and their old versions stay in the table, until it commits.",
    },
    'update app."Users" set "A" = 1 where "A" is null',
    "update users as u set a = 1, b = 2 where u.a is null and (u.b is null)",
    "alter table users add column a int; update users set a = 1 where a is null",
    "begin; update users set a = b.a from b where users.a is null; commit",
  ],
  good: [
    "update users set domain = 'x' where domain is null and id between 1 and 5000",
    "update users set domain = 'x' where id in (select id from users where domain is null limit 5000)",
    "update users set domain = 'x' where deleted_at is null",
    "update users set domain = 'x' where domain is not null",
    "create table staging (a int); update staging set a = 1 where a is null",
  ],
});
