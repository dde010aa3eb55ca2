import rule from "../../../src/rules/migration/identifier-too-long.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: `create table ${"x".repeat(64)} (id int)`,
      at: "x".repeat(64),
      severity: "warning",
      message: "This name has 64 bytes, and Postgres cuts it at 63: another name that starts alike becomes the same one.",
    },
    `alter table t add column "${"ä".repeat(32)}" int`,
    `create table "${"👩‍👩‍👧‍👦".repeat(3)}" (id int)`,
    `create index ${"i".repeat(70)} on t (a)`,
    `update t set a = 1 where ${"c".repeat(80)} = 2 and ${"c".repeat(80)} > 1`,
  ],
  good: [
    `create table ${"x".repeat(63)} (id int)`,
    `create table "${"x".repeat(63)}" (id int)`,
    `insert into t values ('${"x".repeat(100)}')`,
    `select 1 -- ${"x".repeat(100)}`,
    "create table short_name (id int)",
  ],
});
