import { expect, test } from "vitest";
import { freshDatabase } from "../../postgres/fresh-database.ts";
import { readOnce } from "../asking.ts";
import { refusal, refusals } from "./refusals.ts";

const doubled = (times: number, keptApart: string) =>
  Array.from({ length: times }).reduce<string>(
    (query) => `(select a + a as a from ${query}${keptApart}) s`,
    "(select id as a from orders) s",
  );

test("what the planner would be busy with before any timeout is refused", async () => {
  const texts = [
    "select 2.0 ^ 400000",
    "select x * x * x from (select 1e60000 + 1) as q(x)",
    "select length(replace(repeat('a', 10000), 'a', repeat('b', 10000)))",
    `select ${"encode(".repeat(9)}'a'${", 'hex')".repeat(9)}`,
    "select format('%*s', 1000000000, 'a')",
  ];
  expect(await refusals(texts, "explain")).toMatchInlineSnapshot(`
    "select 2.0 ^ 400000
      refused: Not sent to the database (guard, limits): it computes with constants that are too large for the planner. Use smaller ones.
    select x * x * x from (select 1e60000 + 1) as q(x)
      refused: Not sent to the database (guard, limits): it computes with constants that are too large for the planner. Use smaller ones.
    select length(replace(repeat('a', 10000), 'a', repeat('b', 10000)))
      refused: Not sent to the database (guard, limits): it computes with constants that are too large for the planner. Use smaller ones.
    select encode(encode(encode(encode(encode(encode(encode(encode(encode('a', 'hex'), 'hex'), 'hex'), 'hex'), 'hex'), 'hex'), 'hex'), 'hex'), 'hex')
      refused: Not sent to the database (guard, limits): it computes with constants that are too large for the planner. Use smaller ones.
    select format('%*s', 1000000000, 'a')
      refused: Not sent to the database (guard, limits): format() pads to a width that is no constant up to 9999. Write the format as one constant, without * in it."
  `);

  const sixfold = (name: string, of: string) => `${name} as (select x + x + x + x + x + x as x from ${of})`;
  const chained = `with a(x) as (select id from orders), ${["b", "c", "d", "e", "f", "g", "h"].map((name, at) => sixfold(name, "abcdefg"[at] ?? "")).join(", ")} select x from h`;
  expect(await refusal(`select a from ${doubled(18, "")}`)).toMatchInlineSnapshot(
    `"refused: Not sent to the database (guard, limits): with each column of a subquery written out it has more than 50,000 parts. Add OFFSET 0 to inner subqueries, which keeps them apart, or ask about a part of it."`,
  );
  expect(await refusal(chained)).toBe(await refusal(`select a from ${doubled(18, "")}`));
});

test("the planner computes constants, and writes out what subqueries hand on unless OFFSET keeps them apart", async () => {
  const { url } = await freshDatabase(15, "create table orders (id int)");
  const outputOf = async (sql: string) => {
    const rows = await readOnce<{ "QUERY PLAN": string }>(url, `explain (verbose, costs off) ${sql.replace(" orders", " public.orders")}`);
    return rows.map((row) => row["QUERY PLAN"]).find((line) => line.includes("Output:")) ?? "";
  };
  expect(await outputOf("select length(repeat('a', 10000))")).toMatch(/Output: 10000$/);
  expect((await outputOf(`select a from ${doubled(6, "")}`)).match(/orders\.id/g)).toHaveLength(64);
  expect((await outputOf(`select a from ${doubled(6, " offset 0")}`)).length).toBeLessThan(40);
});

test.each([
  `select a from ${doubled(18, " offset 0")}`,
  `select a from ${doubled(10, "")}`,
  "select 1.05 ^ 30, power(2, 10), -2 ^ 3, 2 ^ (2030 - 2020), factorial(20), exp(1.5), sqrt(2), id ^ 400000 from orders",
  "select lower(trim(replace('a b', ' ', '_'))), format('%s: %10s %I', 1, 2, 'c'), date_trunc('month', now() - interval '1 month')",
])("what an honest statement computes is little: %#", async (sql) => {
  expect(await refusal(sql)).toBe("admitted");
});
