import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { rowCounts, schema } from "../src/demo/shop.ts";
import { tools } from "../src/tools/index.ts";
import { connectOnce, textOf } from "./tools/client.ts";
import { readerOf } from "./tools/reader.ts";
import { embeddedShop, liveShop } from "./tools/shop.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

const byEmail = "select id, name\nfrom customers\nwhere lower(email) = 'customer77@example.fr'";
const fromText = { schema_sql: schema, row_counts: rowCounts };

/** What the README shows under each tool, and where it was asked. */
const shown: readonly { readonly where: string; readonly tool: string; readonly question: Readonly<Record<string, unknown>> }[] = [
  { where: "PostgreSQL 18", tool: "analyze_query", question: { sql: byEmail } },
  { where: "PostgreSQL 15", tool: "analyze_query", question: { sql: "select id, total from orders where status = 'pending'" } },
  {
    where: "embedded",
    tool: "analyze_query",
    question: { sql: "select name from customers where id not in (select referred_by from customers)" },
  },
  { where: "DDL text", tool: "analyze_query", question: { sql: byEmail, ...fromText } },
  { where: "PostgreSQL 18", tool: "analyze_query", question: { sql: "delete from orders where created_at < '2025-03-01Z'" } },
  { where: "PostgreSQL 18", tool: "inspect_schema", question: {} },
  {
    where: "PostgreSQL 18",
    tool: "migration_checklist",
    question: {
      sql: "alter table order_items alter column price type numeric(12, 4);\ncreate index orders_status_idx on orders (status);",
    },
  },
  { where: "PostgreSQL 18", tool: "review_schema", question: {} },
  { where: "anywhere", tool: "search_docs", question: { query: "index is not used although it exists", limit: 1 } },
  {
    where: "PostgreSQL 18",
    tool: "suggest_indexes",
    question: {
      queries: [
        { sql: "select id, total from orders where status = 'pending'", calls: 40 },
        { sql: "select id from orders where customer_id = $1 order by created_at desc limit 10", calls: 900 },
      ],
    },
  },
];

const urls = new Map<string, string>();

beforeAll(async () => {
  urls.set("embedded", (await embeddedShop()).url);
  urls.set("PostgreSQL 15", await readerOf((await liveShop(15)).url));
  urls.set("PostgreSQL 18", await readerOf((await liveShop(18)).url));
}, 120_000);

test.each(shown)("the README shows the answer of $tool on $where as it is", async ({ where, tool, question }) => {
  const url = urls.get(where);
  const client = await connectOnce(url);
  const answer = textOf(await client.callTool({ name: tool, arguments: { ...question } })).replaceAll(/backend_db_reader_\w+/g, "reader");
  expect(readme.includes(`\`\`\`text\n${answer}\n\`\`\``), answer).toBe(true);
});

test("the README has a section for every tool", () => {
  for (const { name } of tools) expect(readme).toContain(`### \`${name}\``);
});
