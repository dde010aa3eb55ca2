import { expect, test } from "vitest";
import rule from "../../../src/rules/migration/char-type.ts";
import { sharedEmbedded } from "../../postgres/embedded.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "create table countries (code char(2) primary key)",
      at: "code",
      severity: "info",
      object: "countries.code",
      message: "code of countries is character(2), in which blanks at the end do not count: text compares what is written.",
      fix: null,
    },
    "create table t (c bpchar)",
    "create table t (c CHARACTER)",
    "create table t (c char(4)[])",
    "alter table t add column c char",
    "alter table t alter column c type character(10)",
  ],
  good: [
    "create table countries (code text check (length(code) = 2))",
    "create table countries (name varchar(2), other character varying)",
    'create table catalogs (kind "char")',
    "create temp table kept (code char(2))",
    "alter table countries drop column code",
  ],
});

test("blanks at the end of a char do not count", async () => {
  const database = await sharedEmbedded();
  const { rows } = await database.query("select 'a'::char(3) = 'a  '::char(3) as same, length('a  '::char(3)) as length");
  expect(rows).toEqual([{ same: true, length: 1 }]);
});
