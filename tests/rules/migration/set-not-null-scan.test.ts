import rule from "../../../src/rules/migration/set-not-null-scan.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table users alter column email set not null",
      at: "alter column email set not null",
      severity: "error",
      object: "users.email",
      message:
        "SET NOT NULL reads all of users to look for a NULL in email, under an ACCESS EXCLUSIVE lock that blocks every read and write.",
      fix: `alter table users add constraint users_email_not_null check (email is not null) not valid;
alter table users validate constraint users_email_not_null;
alter table users alter column email set not null;
alter table users drop constraint users_email_not_null;`,
    },
    { sql: 'alter table only app."Users" add column a int, alter "E-Mail" set not null', at: 'alter "E-Mail" set not null' },
    { sql: "alter table users add constraint c not null email", at: "add constraint c not null email" },
    "begin; alter table users add constraint c check (name is not null) not valid; alter table users validate constraint c; alter table users alter email set not null; commit",
    "begin; alter table users add constraint c check (email > '') not valid; alter table users validate constraint c; alter table users alter email set not null; commit",
    "alter table users add constraint c check (email is not null) not valid; alter table users alter email set not null",
    "alter table users add constraint c check (name is not null) not valid; alter table users validate constraint c; alter table users alter email set not null",
  ],
  good: [
    "alter table users alter column email drop not null",
    "alter table users add constraint c not null email not valid",
    "create table users (email text); alter table users alter email set not null",
    "begin; alter table users validate constraint from_last_week; alter table users alter email set not null; commit",
    "begin; alter table users add constraint c check (email is not null and email > '') not valid; alter table users validate constraint c; alter table users alter email set not null; commit",
    "alter table users add column email text not null default ''",
    "alter table users add constraint c check (email is not null) not valid; alter table users validate constraint c; alter table users alter email set not null",
    "alter table users validate constraint from_last_week; alter table users alter email set not null",
  ],
  rehearsed: {
    setup: `
      create table users (id bigint primary key, email text, name text, city text, country text not null);
      alter table users add constraint email_given check (email is not null);
      alter table users add constraint name_given check (name is not null) not valid`,
    rows: { users: 5_000_000 },
    bad: [
      { sql: "alter table users alter name set not null", severity: "warning" },
      { sql: "alter table users alter city set not null", at: "alter city set not null" },
      { sql: "alter table users alter email set not null, alter city set not null", at: "alter city set not null", object: "users.city" },
    ],
    good: [
      "alter table users alter email set not null",
      "alter table users alter country set not null",
      "alter table users validate constraint name_given; alter table users alter name set not null",
      "alter table users add constraint c not null city not valid; alter table users validate constraint c",
    ],
  },
});
