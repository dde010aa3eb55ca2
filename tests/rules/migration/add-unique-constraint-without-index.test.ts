import rule from "../../../src/rules/migration/add-unique-constraint-without-index.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table users add constraint one_email unique (email)",
      object: "users",
      message:
        "Adding a UNIQUE constraint on email builds an index over all of users, under an ACCESS EXCLUSIVE lock that blocks every read and write.",
      fix: `create unique index concurrently one_email on users (email);
alter table users add constraint one_email unique using index one_email;`,
    },
    {
      sql: 'alter table app."Users" add unique (shop, "No"), add column a int',
      at: 'add unique (shop, "No")',
      fix: `create unique index concurrently "Users_shop_No_key" on app."Users" (shop, "No");
alter table app."Users" add constraint "Users_shop_No_key" unique using index "Users_shop_No_key";`,
    },
    { sql: "alter table users add constraint u unique nulls not distinct (email)", fix: null },
    { sql: "alter table users add constraint u unique (email) deferrable", fix: null },
    { sql: "alter table users add column email text unique", fix: null },
    { sql: "alter table users add constraint u unique (email)", inTransaction: true, fix: null },
  ],
  good: [
    "alter table users add constraint u unique using index u",
    "create table users (email text); alter table users add unique (email)",
    "create table users (email text unique)",
    "create unique index concurrently u on users (email)",
    "alter table users drop constraint u",
  ],
  rehearsed: {
    setup: "create table events (id bigint, day date) partition by range (day); create table tags (name text)",
    rows: { tags: 300 },
    bad: [
      { sql: "alter table events add unique (id, day)", fix: null },
      { sql: "alter table tags add unique (name)", severity: "info" },
    ],
    good: ["create table users (email text); alter table users add unique (email)"],
  },
});
