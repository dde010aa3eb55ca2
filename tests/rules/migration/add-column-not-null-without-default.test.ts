import rule from "../../../src/rules/migration/add-column-not-null-without-default.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table users add column country text not null",
      at: "add column country text not null",
      severity: "error",
      message: "country is NOT NULL and has no default, so Postgres refuses to add it as soon as users holds a row.",
      fix: null,
    },
    { sql: 'alter table app."Users" add "A" int not null, add b int', at: 'add "A" int not null' },
    "alter table users add column if not exists country text constraint c not null check (country > '')",
    "alter table users add column id bigint primary key",
    "create table notes (id int not null); alter table users add a int not null",
  ],
  good: [
    "alter table users add column country text",
    "alter table users add column country text not null default 'unknown'",
    "alter table users add column id bigserial not null",
    "alter table users add column id bigint not null generated always as identity",
    "alter table users add column a int not null generated always as (b) virtual",
    "create table users (id int); alter table users add column country text not null",
  ],
  rehearsed: {
    setup: "create table users (id bigint); create table tags (id bigint)",
    rows: { users: 1_200, tags: 0 },
    bad: [
      {
        sql: "alter table users add a int not null",
        severity: "error",
        message: "a is NOT NULL and has no default, so Postgres refuses to add it as soon as users (about 1,200 rows) holds a row.",
      },
    ],
    good: ["alter table tags add a int not null"],
  },
});
