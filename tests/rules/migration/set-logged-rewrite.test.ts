import rule from "../../../src/rules/migration/set-logged-rewrite.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "alter table imports set logged",
      message: "SET LOGGED copies all of imports into another file, under an ACCESS EXCLUSIVE lock that blocks every read and write.",
    },
    "alter table imports set unlogged",
    'alter table app."Imports" set tablespace fast',
    { sql: "alter table imports add a int, set access method heap", at: "set access method heap" },
    "create table notes (id int); alter table imports set logged",
  ],
  good: [
    "create unlogged table imports (id int); alter table imports set logged",
    "create table imports_logged (like imports)",
    "alter table imports set (fillfactor = 80)",
    "alter index numbers set tablespace fast",
    "alter table imports set schema app",
  ],
  rehearsed: {
    setup: "create unlogged table imports (id bigint); create table orders (id bigint)",
    bad: ["alter table imports set logged", "alter table orders set unlogged"],
    good: ["alter table orders set logged", "alter table orders set access method heap"],
  },
});
