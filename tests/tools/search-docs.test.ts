import { expect, test } from "vitest";
import { connect, textOf } from "./client.ts";

async function ask(asked: Record<string, unknown>) {
  const client = await connect();
  return client.callTool({ name: "search_docs", arguments: asked });
}

/** The whole answer, whatever the number of sections is by now. */
const answerTo = async (asked: Record<string, unknown>) => textOf(await ask(asked)).replace(/\d+ sections of \d+/, "N sections of N");

test("a question: the whole answer", async () => {
  expect(await answerTo({ query: "index only the rows that are not soft-deleted", limit: 1 })).toMatchInlineSnapshot(`
    "Searched: N sections of N pages.

    1. sql-postgresql#sql-index-partial: Index only the rows that are asked for
       A partial index holds the rows that its \`WHERE\` admits, and serves a query whose conditions imply that \`WHERE\`.

    Next: search_docs {"section":"sql-postgresql#sql-index-partial"}"
  `);
});

test("an error text in French: the whole answer", async () => {
  expect(
    await answerTo({ query: "ma requête échoue avec « canceling statement due to statement timeout »", limit: 1 }),
  ).toMatchInlineSnapshot(`
    "Searched: N sections of N pages.

    1. sql-postgresql#sql-timeouts: Give every role its timeouts (PostgreSQL 15 to 19; transaction_timeout from 17)
       All timeouts are off by default, so one forgotten transaction can hold locks for days.
       … A migration that waits behind a report makes every query on the table wait behind itself. It should give up after two seconds and be tried again. setting; ends; SQLSTATE. \`statement_timeout\`; one statement: "canceling statement due to statement timeout"; 57014. …

    Next: search_docs {"section":"sql-postgresql#sql-timeouts"}"
  `);
});

test("every result is a section that the client can read", async () => {
  const client = await connect();
  const answer = await client.callTool({ name: "search_docs", arguments: { query: "deadlock detected", limit: 4 } });
  const { results, examined } = answer.structuredContent as { results: { uri: string; title: string }[]; examined: { sections: number } };
  expect(results).toHaveLength(4);
  expect(examined.sections).toBeGreaterThan(40);
  for (const { uri, title } of results) {
    const { contents } = await client.readResource({ uri });
    expect(contents[0]).toMatchObject({ text: expect.stringContaining(`## ${title} {#`) });
  }
});

test("a result has its place, its rule and an extract, and the next call reads the best one", async () => {
  const { structuredContent } = await ask({ query: "heap fetches", limit: 1 });
  expect(structuredContent).toMatchInlineSnapshot(
    { examined: { pages: expect.any(Number), sections: expect.any(Number) } },
    `
    {
      "examined": {
        "pages": Any<Number>,
        "sections": Any<Number>,
      },
      "next": "search_docs {"section":"rules-plan#heap-fetches"}",
      "results": [
        {
          "extract": "An index has no word on which rows are visible. An \`Index Only Scan\` skips the table only for pages that the visibility map marks as all-visible; every \`Heap Fetches\` is a visit to the table after all. \`VACUUM\` sets …",
          "page": "rules-plan",
          "rule": "An index has no word on which rows are visible.",
          "section": "heap-fetches",
          "title": "Vacuum what an index-only scan reads",
          "uri": "knowledge://rules-plan/heap-fetches",
        },
      ],
    }
  `,
  );
});

test("a detailed answer brings the text of the best section with it", async () => {
  const answer = await ask({ query: "deadlock detected", response_format: "detailed" });
  expect(answer.structuredContent).toMatchObject({ text: expect.stringMatching(/^## Take locks in one order/) });
  expect(answer.structuredContent).not.toHaveProperty("next");
  expect(textOf(answer)).toContain("## Take locks in one order");
});

test.each([
  "sql-postgresql#sql-explain",
  "knowledge://sql-postgresql/sql-explain",
  "sql-postgresql.md#sql-explain",
  "references/sql-postgresql.md#sql-explain",
  "#sql-explain",
])("a section is read as %s", async (section) => {
  const answer = await ask({ section });
  expect(answer.structuredContent).toMatchObject({ results: [], text: expect.stringMatching(/^## Read a plan for rows/) });
  expect(textOf(answer)).toMatch(/^## Read a plan for rows, loops and buffers/);
});

test("a section that is not there is answered with those that look like it", async () => {
  const answer = await ask({ section: "sql-postgresql#sql-explian" });
  expect(answer.isError).toBe(true);
  expect(textOf(answer)).toMatchInlineSnapshot(
    `"unknown_section: There is no sql-postgresql#sql-explian. Read one of these instead: knowledge://sql-postgresql/sql-explain, knowledge://sql-postgresql/sql-postgis, knowledge://sql-postgresql/sql-errors."`,
  );
});

test("nothing found is said of how many, with what may help", async () => {
  expect(await answerTo({ query: "qqqqqqqq" })).toMatchInlineSnapshot(`
    "Searched: N sections of N pages.

    Nothing found. Other words may help: the name of a feature, or the text of an error."
  `);
});

test.each([{}, { query: "index", section: "overview#ov-limits" }])("one of query and section is asked for, not %j", async (asked) => {
  const answer = await ask(asked);
  expect(answer.isError).toBe(true);
  expect(textOf(answer)).toBe(
    'invalid_argument: Pass either query, to search, or section, to read one.\nNext: search_docs { "query": "partial index" }',
  );
});

test("it costs a model at most 280 tokens", async () => {
  const { tools } = await (await connect()).listTools();
  const { name, description, inputSchema } = tools.find((tool) => tool.name === "search_docs") ?? {};
  expect(JSON.stringify({ name, description, inputSchema }).length / 4).toBeLessThanOrEqual(280);
});
