import rule from "../../../src/rules/migration/idempotent-mask.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [],
  good: ["create table if not exists users (id bigint)", "alter table users add column if not exists email text"],
  rehearsed: {
    setup: `
create schema app;
create type app.mood as enum ('a');
create table users (id bigserial primary key, email varchar(100), at timestamptz not null, code char(2), price numeric(10,0), mood app.mood, tags text[]);
create index users_email_idx on users (email);
create unique index users_code_key on users (code) where code is not null;
create index users_lower_idx on users (lower(email), at desc);
create view active as select id from users;`,
    bad: [
      {
        sql: "create table if not exists users (id bigint primary key, email text, nick text)",
        severity: "warning",
        object: "users",
        message:
          "users is there already, so IF NOT EXISTS makes nothing and says nothing, but it is not what this asks for: email is character varying(100) and not text, it has no column nick.",
        fix: null,
      },
      { sql: "create table if not exists public.users (email varchar(100) not null)", object: "users" },
      {
        sql: "create table if not exists users (a int, b int, c int, d int, e int)",
        message:
          "users is there already, so IF NOT EXISTS makes nothing and says nothing, but it is not what this asks for: it has no column a, it has no column b, it has no column c, 2 more differ.",
      },
      { sql: "create table if not exists active (id bigint)", object: "active" },
      {
        sql: "alter table users add column if not exists email text",
        at: "add column if not exists email text",
        object: "users.email",
        message:
          "users.email is there already, so IF NOT EXISTS makes nothing and says nothing, but it is not what this asks for: email is character varying(100) and not text.",
      },
      "alter table users add column nick text, add column if not exists id int",
      "alter table users add column if not exists tags text",
      { sql: "create index if not exists users_email_idx on users (id)", object: "users_email_idx" },
      "create unique index if not exists users_email_idx on users (email)",
      {
        sql: "create index concurrently if not exists users_email_idx on users using hash (email)",
        message:
          "users_email_idx is there already, so IF NOT EXISTS makes nothing and says nothing, but it is not what this asks for: its method is btree.",
      },
      "create index if not exists users_email_idx on users (email) include (at)",
      "create unique index if not exists users_code_key on users (code)",
      "create index if not exists users_lower_idx on users (lower(email), at)",
      "create table notes (body text); create table if not exists notes (body int)",
    ],
    good: [
      "create table if not exists users (id bigint, email varchar(100), at timestamptz not null, price numeric(10), code char(2))",
      "create table if not exists users (id bigserial, mood app.mood, tags text[])",
      "create table if not exists users (at timestamp with time zone, code character(2), price decimal(10, 0))",
      "create table if not exists notes (body text)",
      "create table if not exists app.users (nick text)",
      "alter table users add column if not exists nick text",
      "alter table users add column if not exists email character varying(100)",
      "alter table users add column if not exists id bigint not null",
      "create index if not exists users_email_idx on users (email)",
      "create index if not exists users_email_idx on users using btree (email asc nulls last)",
      "create unique index if not exists users_code_key on users (code) where (code is not null)",
      "create index if not exists users_lower_idx on users (lower(email::text), at desc)",
      "create index if not exists users_nick_idx on users (id)",
      "create table if not exists active2 (id bigint)",
    ],
  },
});
