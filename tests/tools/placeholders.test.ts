import { beforeAll, expect, test } from "vitest";
import { connectOnce, textOf } from "./client.ts";
import { liveShop } from "./shop.ts";

let url = "";
beforeAll(async () => {
  url = (await liveShop(18)).url;
}, 60_000);

const analyze = async (sql: string) =>
  (await connectOnce(url)).callTool({ name: "analyze_query", arguments: { sql, response_format: "detailed" } });

test("a statement of any driver is analyzed, and what is found stands where the caller wrote it", async () => {
  const sql = "select id\n  from orders\n where customer_id in (?, ?) and status <> ? and note = null";
  const { structuredContent } = await analyze(sql);
  const { findings, plan } = structuredContent as {
    findings: readonly { rule: string; span?: { start: number; end: number; line: number; column: number } }[];
    plan: { tree: string };
  };
  const span = findings.find(({ rule }) => rule === "query/null-equality")?.span;
  expect(span && { text: sql.slice(span.start, span.end), line: span.line, column: span.column }).toEqual({
    text: "note = null",
    line: 3,
    column: 50,
  });
  expect(plan.tree).toContain("Result");
  const named = (await analyze("select id from orders where customer_id=:customer")).structuredContent as { plan: { tree: string } };
  expect(named.plan.tree).toContain("$1");
});

test.each([
  ["select id from orders\n where total > ?\n   and nope = ?", 'column "nope" does not exist (line 3, column 8)'],
  [
    "select id from orders where id=? and exists (select from ordrs)",
    "There is no relation ordrs in the search path (public) (line 1, column 58)",
  ],
  ["select id from orders where id=? form", "(sql, line 1, column 34)"],
  [
    "select id from orders where (:a) is null or total = :a",
    "could not determine data type of parameter :a: write its type behind it, as in :a::int",
  ],
])("what is wrong in %s is told in the caller's words, at the caller's place", async (sql, told) => {
  expect(textOf(await analyze(sql))).toContain(told);
});
