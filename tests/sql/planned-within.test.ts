import { expect, test } from "vitest";
import { maskedStatement } from "../../src/sql/masked.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { plannedWithin } from "../../src/sql/planned-within.ts";

const within = async (sql: string) => {
  const [statement] = await parseStatements(sql);
  const found = statement && plannedWithin(statement);
  if (found) expect(found.source.slice(found.start, found.end)).toBe(found.text);
  return found?.text;
};

test.each([
  ["select 1", "select 1"],
  ["-- é\nexplain (analyze, verbose) select 'é' from t;", "select 'é' from t"],
  ["explain verbose create table x as (select 1 from t) with no data", "(select 1 from t)"],
  ["create table x with (fillfactor = 70) as with a as (select 1) select * from a", "with a as (select 1) select * from a"],
  ["create materialized view v (a, b) as values (1, 2) with data", "values (1, 2)"],
  ["declare c no scroll cursor with hold for select * from t for update", "select * from t for update"],
  ["prepare p (int, text) as update t set a = $1", "update t set a = $1"],
  ["copy (select a from t where x = 1) to stdout with (format csv)", "(select a from t where x = 1)"],
])("of %s the planned part is found at its place", async (sql, part) => {
  expect(await within(sql)).toBe(part);
});

test.each(["vacuum t", "copy t from stdin", "create table t (a int)", "explain execute p(1)", "create table x as execute p"])(
  "nothing is planned in %s",
  async (sql) => {
    expect(await within(sql)).toBeUndefined();
  },
);

test.each([
  ["select a from t where b > now() - interval $1", "select a from t where b > now() - $1::interval"],
  ["select a from t where extract($1 from b) = $2", "select a from t where date_part($1 , b) = $2"],
  [
    "select a from t where b > timestamp with time zone '2026-01-01' and c = 7",
    "select a from t where b > $1::timestamp with time zone and c = $2",
  ],
  ["select a from t where ($1 is null or b = $1)", "select a from t where ($2::text is null or b = $1)"],
  ["declare c cursor for select a from t where b = 'x'", "select a from t where b = $1"],
])("what pg_stat_statements makes of a statement can be planned again: %s", async (text, masked) => {
  expect(await maskedStatement(text)).toBe(masked);
});

test.each(["explain select a from t", "select a from t where b = 'cut of", "select 1; select 2", "vacuum t"])(
  "no work of an application is: %s",
  async (text) => {
    expect(await maskedStatement(text)).toBeUndefined();
  },
);
