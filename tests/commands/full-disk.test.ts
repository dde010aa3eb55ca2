import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect, onTestFinished, test } from "vitest";

const program = new URL("../../dist/index.js", import.meta.url).pathname;

test("on a full disk every question is answered: the server and its twin write no file", async () => {
  const client = new Client({ name: "test", version: "1" });
  // Not one byte can be written to a file, wherever it is.
  const args = ["-c", `ulimit -f 0; exec "${process.execPath}" "${program}"`];
  await client.connect(new StdioClientTransport({ command: "sh", args, env: {}, stderr: "pipe" }));
  onTestFinished(() => client.close());
  const schema_sql = "create table orders (id bigint primary key, note text)";
  const ask = (name: string, more: Record<string, unknown>) => client.callTool({ name, arguments: { ...more, schema_sql } });
  const answers = [
    await ask("analyze_query", { sql: "select note from orders where id = 1", row_counts: { orders: 100_000 } }),
    await ask("migration_checklist", { sql: "create index orders_note_idx on orders (note)" }),
    await ask("review_schema", {}),
  ];
  expect(answers.map(({ isError }) => isError ?? false)).toEqual([false, false, false]);
  expect(answers[0]?.structuredContent).toMatchObject({ plan: { tree: expect.stringContaining("Index Scan using orders_pkey") } });
});
