import { expect, test } from "vitest";
import { addedConstraintsOf, alterationsOf } from "../../src/sql/alterations.ts";
import { parseStatements } from "../../src/sql/parse.ts";

async function textsOf(sql: string): Promise<readonly string[]> {
  const statements = await parseStatements(sql);
  return statements.flatMap(alterationsOf).map(({ table, text }) => `${table}: ${text}`);
}

test("each command of an ALTER TABLE has its place in the text", async () => {
  expect(await textsOf('select 1; alter table if exists only "Ü".t add a numeric(10, 2) default f(1, 2), drop b')).toEqual([
    '"Ü".t: add a numeric(10, 2) default f(1, 2)',
    '"Ü".t: drop b',
  ]);
  expect(
    await textsOf("/* é, */ alter table t * alter c type int[] using array[a, b], -- ,\n  set (fillfactor = 70, user_catalog_table)"),
  ).toEqual(["t: alter c type int[] using array[a, b]", "t: set (fillfactor = 70, user_catalog_table)"]);
});

test("what is no table has no commands", async () => {
  expect(await textsOf("alter view v alter a set default 1; alter index i set (fillfactor = 70); drop table t")).toEqual([]);
});

test("constraints are found by themselves and at new columns", async () => {
  const [statement] = await parseStatements("alter table t add a int check (a > 0) references p, add constraint u unique (b), add c int");
  const added = statement ? addedConstraintsOf(statement) : [];
  expect(added.map(({ constraint, column }) => [constraint.contype, column?.colname])).toEqual([
    ["CONSTR_CHECK", "a"],
    ["CONSTR_FOREIGN", "a"],
    ["CONSTR_UNIQUE", undefined],
  ]);
});
