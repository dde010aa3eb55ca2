/** A client, the built server as its child, and a shop in an embedded Postgres: what a user's own client would see. */
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { rowCounts, rows, schema } from "./demo/shop.ts";

interface Question {
  readonly asked: string;
  readonly tool: string;
  readonly arguments: Record<string, unknown>;
}

const byEmail = "select id, name\nfrom customers\nwhere lower(email) = 'customer77@example.fr'";

const questions: readonly Question[] = [
  { asked: "What is in this database?", tool: "inspect_schema", arguments: {} },
  { asked: "Is this lookup by e-mail fine?", tool: "analyze_query", arguments: { sql: byEmail } },
  {
    asked: "Who never referred anybody?",
    tool: "analyze_query",
    arguments: { sql: "select name from customers where id not in (select referred_by from customers)" },
  },
  { asked: "And a misspelt table?", tool: "analyze_query", arguments: { sql: "select id from ordrs" } },
  {
    asked: "Which indexes would these statements use?",
    tool: "suggest_indexes",
    arguments: {
      queries: [
        { sql: "select id, total from orders where status = 'pending'", calls: 40 },
        { sql: "select id from orders where customer_id = $1 order by created_at desc limit 10", calls: 900 },
      ],
    },
  },
  {
    asked: "What would this migration do?",
    tool: "migration_checklist",
    arguments: {
      sql: "alter table order_items alter column price type numeric(12, 4);\ncreate index orders_status_idx on orders (status);",
    },
  },
  { asked: "What is wrong with this schema?", tool: "review_schema", arguments: {} },
  { asked: "Why can an index not be used?", tool: "search_docs", arguments: { query: "index is not used although it exists", limit: 2 } },
  {
    asked: "The e-mail question again, with nothing but the DDL",
    tool: "analyze_query",
    arguments: { sql: byEmail, schema_sql: schema, row_counts: rowCounts },
  },
];

async function main(): Promise<void> {
  print("Filling a sample shop in an embedded Postgres (PGlite) …");
  const shop = await PGlite.create();
  await shop.exec(schema);
  await shop.exec(rows);
  const socket = new PGLiteSocketServer({ db: shop, port: 0, host: "127.0.0.1", maxConnections: 4 });
  await socket.start();
  const url = `postgres://postgres@${socket.getServerConn()}/postgres?sslmode=disable`;

  const client = new Client({ name: "demo", version: "1" });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [fileURLToPath(new URL("index.js", import.meta.url))],
    env: { DATABASE_URL: url },
    stderr: "inherit",
  });
  await client.connect(transport);
  const { tools } = await client.listTools();
  print(`Connected over stdio; the server has ${tools.map((tool) => tool.name).join(", ")}.`);
  for (const question of questions) await ask(client, question);
  await client.close();
  await socket.stop();
  await shop.close();
}

async function ask(client: Client, { asked, tool, arguments: given }: Question): Promise<void> {
  const started = performance.now();
  const { content, isError } = await client.callTool({ name: tool, arguments: given });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const { schema_sql, ...shown } = given;
  const told = JSON.stringify({ ...shown, ...(schema_sql !== undefined && { schema_sql: "…" }) }, null, 2);
  print(`\n━━ ${asked}  (${seconds} s${isError ? ", an error" : ""})\n${tool} ${told}\n`);
  for (const part of content) {
    if (part.type === "text") print(part.text);
    if (part.type === "resource_link") print(`Explained in ${part.uri}`);
  }
}

const print = (text: string) => process.stdout.write(`${text}\n`);

await main();
process.exit(0);
