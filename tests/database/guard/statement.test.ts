import { expect, test } from "vitest";
import { admit } from "../../../src/database/guard/statement.ts";
import { refusal, refusals } from "./refusals.ts";

test("each refusal says what it is about and what to do, in either mode", async () => {
  const texts = [
    " -- nothing",
    "select 1; commit",
    "explain analyze select 1",
    "commit",
    "copy orders to program 'true'",
    "explain create table copied as select 1",
    "select * into copied from orders",
    "select db.shop.orders.id from db.shop.orders",
    "select db.pg_catalog.now()",
    "select 1::db.pg_catalog.int4",
    "select * from orders tablesample mine(1)",
    "select $0",
    "select $101",
    "select repeat('a', 10001), lpad('a', id) from orders",
    "select 'a'::char(10001)",
    "update orders set id = 1 where current of c",
  ];
  expect(await refusals(texts, "explain")).toMatchInlineSnapshot(`
    " -- nothing
      refused: Not sent to the database (guard, statement): there is no statement in it. Pass one statement.
    select 1; commit
      refused: Not sent to the database (guard, statement): it is 2 statements. Pass one statement at a time.
    explain analyze select 1
      refused: Not sent to the database (guard, statement): it says EXPLAIN ANALYZE. Pass the statement alone, with \`analyze: true\` to have it run.
    commit
      refused: Not sent to the database (guard, statement): a TransactionStmt is no query. Ask about one SELECT, INSERT, UPDATE, DELETE or MERGE.
    copy orders to program 'true'
      refused: Not sent to the database (guard, statement): a CopyStmt is no query. Ask about one SELECT, INSERT, UPDATE, DELETE or MERGE.
    explain create table copied as select 1
      refused: Not sent to the database (guard, statement): a CreateTableAsStmt is no query. Ask about one SELECT, INSERT, UPDATE, DELETE or MERGE.
    select * into copied from orders
      refused: Not sent to the database (guard, statement): SELECT INTO creates a table. Leave INTO out.
    select db.shop.orders.id from db.shop.orders
      refused: Not sent to the database (guard, statement): a name in it starts with a database. Name it with its schema only.
    select db.pg_catalog.now()
      refused: Not sent to the database (guard, statement): a name in it starts with a database. Name it with its schema only.
    select 1::db.pg_catalog.int4
      refused: Not sent to the database (guard, statement): a name in it starts with a database. Name it with its schema only.
    select * from orders tablesample mine(1)
      refused: Not sent to the database (guard, statement): TABLESAMPLE mine is unknown here. Use system, bernoulli, system_rows, system_time.
    select $0
      refused: Not sent to the database (guard, statement): there is no parameter $0. Parameters are counted from $1.
    select $101
      refused: Not sent to the database (guard, input): its parameters go up to $101, and at most $100 is taken. Pass lists as one array parameter, = ANY($1).
    select repeat('a', 10001), lpad('a', id) from orders
      refused: Not sent to the database (guard, limits): repeat() is asked for an amount that is no constant up to 10000. Write a constant of at most 10000.
    select 'a'::char(10001)
      refused: Not sent to the database (guard, limits): bpchar is asked for more than 10000. Write a length of at most 10000.
    update orders set id = 1 where current of c
      refused: Not sent to the database (guard, statement): WHERE CURRENT OF needs a cursor of your session. Name the row by its key."
  `);
});

test("what may be planned and not run is refused with that way out", async () => {
  const texts = [
    "insert into orders default values",
    "with gone as (delete from orders returning id) select id from gone",
    "update orders set id = 1",
    "merge into orders o using orders s on false when matched then do nothing",
    "select id from orders for update",
    "select * from orders where id = $1",
    "select (values (default))",
  ];
  for (const sql of texts.slice(0, -1)) expect(await refusal(sql, "explain")).toBe("admitted");
  expect(await refusals(texts, "analyze")).toMatchInlineSnapshot(`
    "insert into orders default values
      refused: Not sent to the database (guard, statement): INSERT writes. Ask for the plan without \`analyze: true\`.
    with gone as (delete from orders returning id) select id from gone
      refused: Not sent to the database (guard, statement): DELETE writes. Ask for the plan without \`analyze: true\`.
    update orders set id = 1
      refused: Not sent to the database (guard, statement): UPDATE writes. Ask for the plan without \`analyze: true\`.
    merge into orders o using orders s on false when matched then do nothing
      refused: Not sent to the database (guard, statement): MERGE writes. Ask for the plan without \`analyze: true\`.
    select id from orders for update
      refused: Not sent to the database (guard, statement): FOR UPDATE and FOR SHARE lock rows. Leave the clause out. Ask for the plan without \`analyze: true\`.
    select * from orders where id = $1
      refused: Not sent to the database (guard, statement): it cannot run without values for its parameters. Write values in their place, or ask for the plan without \`analyze: true\`.
    select (values (default))
      refused: Not sent to the database (guard, statement): DEFAULT stands for no value in a SELECT. Write the value."
  `);
});

test.each([
  ["select 1", "select 1"],
  ["  select 'é€😀' ;; \n", "select 'é€😀'"],
  ["/* é */ -- x\n select 1 /* a */ + 2 -- b\n /* c */ ; -- d", "select 1         + 2"],
  ["explain select 1;", "select 1"],
  ["/* a */ explain /* b */ (costs off, format json) /* é */ select 'é' -- c", "select 'é'"],
  ["explain verbose table orders", "table orders"],
  ["explain (analyze off) (select 1)", "(select 1)"],
  ["explain (analyze false, verbose) select 1", "select 1"],
  ["explain (analyze 0) select 1", "select 1"],
  ["explain (select 1)", "(select 1)"],
  ["explain ((select 1) union (select 2))", "((select 1) union (select 2))"],
  ["select 1 as \u00a0", "select 1 as \u00a0"],
  ["select $$ ; $$, ';', 'a' \n 'b';", "select $$ ; $$, ';', 'a' \n 'b'"],
])("of %j only the bare statement is sent", async (sql, text) => {
  expect((await admit(sql, "explain")).text).toBe(text);
});

test.each(["explain analyze", "explain analyse verbose", "explain (analyze)", "explain (analyze true)", "explain (analyze on)"])(
  "%s is not taken off",
  async (prefix) => expect(await refusal(`${prefix} select 1`)).toMatch(/^refused: .*it says EXPLAIN ANALYZE/),
);
test.each([
  "explain (analyze 1)",
  "explain (analyze 'maybe')",
  "explain (analyze 0.0)",
  "explain (analyze, analyze off)",
  "explain (ANALYZE off, analyze off)",
])("nor is %s", async (prefix) => expect(await refusal(`${prefix} select 1`)).toMatch(/^refused: .*it says EXPLAIN ANALYZE/));

test("places in the tree and the highest parameter are those of the bare statement", async () => {
  const { tree, parameters, kind } = await admit("/* é */ explain select 'é', $2, $1", "explain");
  expect({ parameters, kind }).toEqual({ parameters: 2, kind: "SelectStmt" });
  expect(JSON.stringify(tree)).toContain('{"ParamRef":{"number":2,"location":12}}');
});
