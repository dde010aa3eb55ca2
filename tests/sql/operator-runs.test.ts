import { expect, test } from "vitest";
import { parseStatements } from "../../src/sql/parse.ts";

test.each([
  ["comments", `select ${"/**/".repeat(20_000)} 1`],
  ["comments in comments", `select ${"/*".repeat(20_000)}${"*/".repeat(20_000)} 1`],
  ["signs", `select ${"+".repeat(40_000)} 1`],
  ["runs of signs", `select ${`${"+".repeat(990)}1, `.repeat(90)} 1`],
])("long runs of %s, which take the scanner a minute, are refused before it sees them", async (_, sql) => {
  await expect(parseStatements(sql)).rejects.toMatchObject({ code: "too_large" });
});

test.each([
  ["ruled lines", `-- ${"=".repeat(100)}\n`.repeat(500)],
  ["comments with blanks between them", "/* a note */ ".repeat(5000)],
  ["a long ruled line", `/${"*".repeat(2000)}/\n`],
])("%s are read", async (_, text) => {
  expect(await parseStatements(`${text} select 1`)).toHaveLength(1);
});
