import rule from "../../../src/rules/migration/drop-cascade.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "drop view totals cascade",
      severity: "error",
      object: "totals",
      message:
        "CASCADE drops whatever depends on totals too (views, foreign keys, functions, columns), and what that is depends on the database it runs in: name each object instead.",
    },
    { sql: 'alter table app."Users" drop column "A" cascade, add b int', at: 'drop column "A" cascade' },
    "alter table users drop constraint users_pkey cascade",
    "drop schema if exists old cascade",
    "drop function total(int) cascade",
    "drop type status cascade",
  ],
  good: [
    "drop view totals",
    "alter table users drop column a restrict",
    "create table notes (id int); drop table notes cascade",
    "truncate users cascade",
    "create table notes (a int); alter table notes drop a cascade",
  ],
});
