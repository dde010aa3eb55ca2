import { expect, test } from "vitest";
import { readRowComments } from "../../src/sql/row-comments.ts";

const read = async (text: string) => (await readRowComments(text)).map(({ table, rows, line }) => `${line}: ${table} ${rows}`);

test.each([
  ["-- rows: orders 5_000_000", ["1: orders 5000000"]],
  ["-- rows: orders 5,000,000, users 200,000", ["1: orders 5000000", "1: users 200000"]],
  ["-- rows: orders 5M, users 200k; logs 1.5bn", ["1: orders 5000000", "1: users 200000", "1: logs 1500000000"]],
  ["-- rows: public.orders = 5e6 rows", ["1: public.orders 5000000"]],
  ['--ROWS: "Odd ""one"""."My table": 12 users 3', ['1: "Odd ""one"""."My table" 12', "1: users 3"]],
  ["create table é (id int); -- rows: é 7\n\n  -- rows: orders 0.", ["1: é 7", "3: orders 0"]],
])("%s is read", async (text, told) => {
  expect(await read(text)).toEqual(told);
});

test("what stands in a string, a function body or another comment tells nothing", async () => {
  expect(await read("select '-- rows: a 1', $$ -- rows: b 2\n$$; /* -- rows: c 3\n*/ -- about rows: d 4\n-- the rows: e 5")).toEqual([]);
});

test.each([
  ["create table t ();\n-- rows: orders many", "line 2, column 10", "orders many"],
  ["-- rows: 5_000_000", "line 1, column 10", "5_000_000"],
  ["-- rows: orders 5M, users", "line 1, column 21", "users"],
  ["-- rows: orders 1.5", "line 1, column 10", "orders 1.5"],
  ["-- rows: orders -5", "line 1, column 10", "orders -5"],
  ["-- rows: orders 9e15", "line 1, column 10", "orders 9e15"],
  ["-- rows:", "line 1, column 9", '""'],
])("%j cannot be read, and the caller is told where", async (text, place, rest) => {
  await expect(readRowComments(text)).rejects.toMatchObject({ code: "sql_syntax", message: expect.stringContaining(place) });
  await expect(readRowComments(text)).rejects.toMatchObject({ message: expect.stringContaining(rest) });
});
