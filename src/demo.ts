/** A client, the built server as its child, and a shop in an embedded Postgres: what a user's own client would see. */
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { rowCounts, rows, schema } from "./demo/shop.ts";

interface Question {
  readonly asked: string;
  readonly arguments: Record<string, unknown>;
}

const live: readonly Question[] = [
  {
    asked: "Is this lookup by e-mail fine?",
    arguments: { sql: "select id, name\nfrom customers\nwhere lower(email) = 'customer77@example.fr'" },
  },
  {
    asked: "Who was never referred to?",
    arguments: { sql: "select name from customers where id not in (select referred_by from customers)" },
  },
  { asked: "Why is the list of pending orders slow?", arguments: { sql: "select id, total from orders where status = 'pending'" } },
  { asked: "And a misspelt table?", arguments: { sql: "select id from ordrs" } },
];

const fromText: readonly Question[] = [
  {
    asked: "The same e-mail question, with nothing but the DDL",
    arguments: {
      sql: "select id, name\nfrom customers\nwhere lower(email) = 'customer77@example.fr'",
      schema_sql: schema,
      row_counts: rowCounts,
    },
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
  for (const question of [...live, ...fromText]) await ask(client, question);
  await client.close();
  await socket.stop();
  await shop.close();
}

async function ask(client: Client, question: Question): Promise<void> {
  const started = performance.now();
  const { content, isError } = await client.callTool({ name: "analyze_query", arguments: question.arguments });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  print(`\n━━ ${question.asked}  (${seconds} s${isError ? ", an error" : ""})\n${question.arguments.sql}\n`);
  for (const part of content) {
    if (part.type === "text") print(part.text);
    if (part.type === "resource_link") print(`Explained in ${part.uri}`);
  }
}

const print = (text: string) => process.stdout.write(`${text}\n`);

await main();
process.exit(0);
