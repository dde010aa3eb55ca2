import { expect, test } from "vitest";
import { explained } from "../../src/sql/explained.ts";
import { parseStatements } from "../../src/sql/parse.ts";

const read = async (sql: string) => {
  const [statement] = await parseStatements(sql);
  if (!statement) throw new Error("No statement.");
  return explained(statement);
};

test("what an EXPLAIN is about stands at its place in the caller's text", async () => {
  const { statement, runs } = await read("-- é\n explain (verbose, costs off) /* é */ select 'é' from orders; ");
  expect({ text: statement.text, kind: statement.kind, runs }).toEqual({ text: "select 'é' from orders", kind: "SelectStmt", runs: false });
  expect(statement.source.slice(statement.start, statement.end)).toBe(statement.text);
  expect(JSON.stringify(statement.tree)).toContain(`"location":${statement.source.indexOf("orders")}`);
});

test("a statement that is no EXPLAIN stays as it is", async () => {
  const [statement] = await parseStatements("select 1");
  expect(await read("select 1")).toEqual({ statement, runs: false });
});

test.each(["analyze", "(analyze)", "(analyze on)", "(analyze, analyze off)", "(costs, analyze 'perhaps')"])(
  "EXPLAIN %s would run it",
  async (options) => {
    expect((await read(`explain ${options} table orders`)).runs).toBe(true);
  },
);
