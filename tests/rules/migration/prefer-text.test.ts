import rule from "../../../src/rules/migration/prefer-text.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "create table users (id bigint, name varchar(100) not null)",
      at: "name",
      severity: "info",
      object: "users.name",
      message:
        "name of users is character varying(100): text takes no more room, and a limit that is a CHECK can be narrowed later without rewriting the table.",
      fix: null,
    },
    { sql: "alter table users add column city VarChar(256)", at: "add column city VarChar(256)" },
    "create table users (tags varchar(50)[3][4])",
    "create table users (name pg_catalog.varchar(100))",
    "alter table users alter column name set data type varchar(20)",
  ],
  good: [
    "create table users (name text check (length(name) <= 100))",
    "create table users (name varchar)",
    "create table users (code char(2))",
    "create table users (bits bit varying(8))",
    "create temp table kept (name varchar(100))",
    "select 'a'::varchar(3)",
  ],
});
