import { expect, test } from "vitest";
import { parseStatements } from "../../src/sql/parse.ts";
import { functionsOf, placeholdersOf, relationsOf } from "../../src/sql/relations.ts";
import { sharedEmbedded } from "../postgres/embedded.ts";

const first = async (sql: string) => {
  const [statement] = await parseStatements(sql);
  if (!statement) throw new Error("no statement");
  return statement;
};

/** As people would write them: a target has a `>` before it. */
const written = async (sql: string) =>
  relationsOf(await first(sql)).map(
    ({ schema, name, alias, target }) => `${target ? ">" : ""}${schema ? `${schema}.` : ""}${name}${alias ? ` ${alias}` : ""}`,
  );

test.each([
  ["select * from a, s.b as c join d using (id)", ["a", "s.b c", "d"]],
  ["with a as (select * from x) select * from a, b", ["x", "b"]],
  ["with a as (select * from a) select * from a", ["a"]],
  ["with recursive a as (select 1 union all select * from a) select * from a", []],
  ["with recursive a as (select * from b), b as (select * from c) select * from a", ["c"]],
  ["with a as (select * from b), b as (select * from c) select * from a, b", ["b", "c"]],
  ["with a as (select 1) select * from s.a", ["s.a"]],
  ["select * from a where id in (with a as (select * from b) select id from a) and exists (select from a)", ["a", "b", "a"]],
  ["with a as (select 1) select * from b where id in (select id from a union select id from c)", ["b", "c"]],
  ["with a as (with b as (select * from c) select * from b) select * from a, b", ["c", "b"]],
  ["with a as (select 1) select 1 from a for update of a", []],
  ["insert into a (x) select x from b on conflict do nothing", [">a", "b"]],
  ["with a as (select 1) delete from a using b where exists (select from a)", [">a", "b"]],
  ["with gone as (delete from a returning *) insert into b select * from gone", [">a", ">b"]],
  ["update only s.a as x set y = (select max(z) from c) from d", [">s.a x", "c", "d"]],
  ["merge into a using (select * from b) s on true when matched then delete", [">a", "b"]],
  ["select * into a from b", [">a", "b"]],
  ["explain select * from a tablesample system (1), lateral f(a.x), (values (1)) v", ["a"]],
  ["create view v as with a as (select * from b) select * from a", ["v", "b"]],
  ["select (select x from a limit 1), array(select y from b) from c order by (select z from d)", ["a", "b", "c", "d"]],
  ['select * from "A b"."c""d" as "é"', ['A b.c"d é']],
])("%s", async (sql, names) => expect(await written(sql)).toEqual(names));

test("a relation's span covers its name as it is written", async () => {
  const sql = "select 'é€😀' from \"Ü b\" . orders as o, only (s . t), x";
  const texts = relationsOf(await first(sql)).map(({ span }) => sql.slice(span.start, span.end));
  expect(texts).toEqual(['"Ü b" . orders', "s . t", "x"]);
});

test("Postgres deletes from the table even if a WITH query has its name", async () => {
  const database = await sharedEmbedded();
  await database.exec("create table a (x int); insert into a values (1), (2)");
  const { rows } = await database.query("with a as (select 7 as x) delete from a where x = 1 returning x");
  expect(rows).toEqual([{ x: 1 }]);
});

test("functions and placeholders are listed", async () => {
  const sql = 'select "My".f(lower($3)), now() from generate_series(1, $1) where x = any ($3)';
  const statement = await first(sql);
  expect(functionsOf(statement).map(({ schema, name, span }) => [schema, name, sql.slice(span.start, span.end)])).toEqual([
    ["My", "f", '"My".f'],
    [undefined, "lower", "lower"],
    [undefined, "now", "now"],
    [undefined, "generate_series", "generate_series"],
  ]);
  expect(placeholdersOf(statement)).toEqual([1, 3]);
});
