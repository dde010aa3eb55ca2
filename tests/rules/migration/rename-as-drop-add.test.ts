import rule from "../../../src/rules/migration/rename-as-drop-add.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: 'alter table "User" drop column "name", add column "fullName" text not null',
      at: 'drop column "name"',
      severity: "warning",
      object: '"User".name',
      message:
        'This drops name and adds fullName to "User": if that is name under another name, RENAME COLUMN keeps its values, and this fails where there are rows: fullName has no value and must not be NULL.',
      fix: 'alter table "User" rename column name to "fullName";',
    },
    "alter table users add column mail text; alter table users drop column email",
    "begin; alter table app.users drop email; commit; alter table app.users add mail text",
    "alter table users drop email; alter table posts add title text; alter table users add mail text",
  ],
  good: [
    "alter table users drop column email; alter table posts add column email_address text",
    "alter table users drop column a, add column b int, add column c int",
    "alter table users drop column email, add column email citext",
    "alter table users add column mail text; update users set mail = email; alter table users drop column email",
    "create table kept as select id, email from users; alter table users drop column email, add column mail text",
    "alter table users add column mail text; do $$ begin update users set mail = email; end $$; alter table users drop column email",
    "alter table users rename column email to mail",
    "alter table users drop column total, add column total_cents bigint generated always as (price * amount) stored",
    "alter table users drop column id, add column key bigint generated always as identity",
    "create table users (email text); alter table users drop column email; alter table users add column mail text",
    "alter table app.users drop column email; alter table audit.users add column mail text",
    "alter table users drop constraint email_key, add column mail text",
  ],
  rehearsed: {
    setup: `
create table users (id bigint primary key, name text, city text, age int, code varchar(3), total numeric(10,2), tags text[], at timestamptz);
create table posts (id bigint primary key, title text);
create table shares (id bigint primary key, user_id bigint not null constraint shares_user_fk references users);`,
    rows: { users: 2_000_000 },
    bad: [
      {
        sql: "alter table users drop column name, add column \"fullName\" text not null default ''",
        severity: "error",
        message:
          "This drops name and adds fullName to users (about 2,000,000 rows), both text: if that is name under another name, its values are lost, and RENAME COLUMN would keep them.",
        fix: 'alter table users rename column name to "fullName";',
      },
      {
        sql: 'alter table users drop column name, drop column city, add column "fullName" text',
        at: "drop column name",
        message:
          "This drops name and adds fullName to users (about 2,000,000 rows), both text: if that is name under another name, its values are lost, and RENAME COLUMN would keep them.",
        fix: 'alter table users rename column name to "fullName";',
      },
      {
        sql: "create table kept as select id, name from users; alter table users drop column name, drop column city, add column place text",
        object: "users.city",
        fix: null,
      },
      { sql: "alter table users drop column age, add column years integer", severity: "error" },
      { sql: "alter table shares drop column user_id, add column owner_id bigint not null references users", severity: "warning" },
      { sql: "alter table shares drop column user_id, add column owner_id bigint references users, add n serial", severity: "error" },
      {
        sql: "alter table shares drop constraint shares_user_fk; alter table shares drop column user_id, add column person bigint",
        severity: "error",
      },
      { sql: "alter table users drop column at; alter table users add column seen_at timestamp with time zone", severity: "error" },
      { sql: "alter table users drop column tags, add column labels text[]", fix: "alter table users rename column tags to labels;" },
      { sql: "alter table users drop column total, add column sum decimal(10, 2)", severity: "error" },
      {
        sql: "alter table users drop column code, add column name2 text, add column kind varchar(3)",
        fix: "alter table users rename column code to kind;",
      },
      {
        sql: "alter table users drop column name, add column first_name text, add column last_name text",
        severity: "warning",
        message:
          "This drops name and adds first_name or last_name to users (about 2,000,000 rows), both text: if that is name under another name, its values are lost, and RENAME COLUMN would keep them.",
        fix: null,
      },
    ],
    good: [
      "alter table users drop column age, add column nick text",
      // It points elsewhere, so it is another thing.
      "alter table shares drop column user_id, add column post_id bigint references posts",
      "alter table shares drop constraint shares_user_fk; alter table shares drop column user_id, add column post_id bigint; alter table shares add foreign key (post_id) references posts not valid",
      "alter table users drop column code, add column title varchar(255)",
      "alter table users drop column tags, add column note text",
      "alter table users drop column at, add column day timestamp",
      "alter table users drop column name; alter table posts add column body text",
      "alter table users add column nick text; update users set nick = name; alter table users drop column name",
      "alter table users drop column name",
      "alter table users add column nick text",
    ],
  },
});
