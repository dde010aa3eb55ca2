import { existsSync } from "node:fs";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect, onTestFinished, test } from "vitest";

const program = new URL("../dist/index.js", import.meta.url).pathname;
const binary = (version: number) => new URL(`conformance/node_modules/node${version}/bin/node`, import.meta.url).pathname;

/** Beside the version that runs these tests, which is the oldest that is supported in CI. */
const newer = [22, 24];
for (const version of newer.filter((version) => !existsSync(binary(version))))
  process.stderr.write(`Node ${version} is not installed (npm ci --prefix tests/conformance --ignore-scripts): its test is skipped.\n`);

for (const version of newer) {
  const isInstalled = existsSync(binary(version));
  test.runIf(isInstalled)(`Node ${version} lists the tools, plans on text, and warns of nothing`, { timeout: 60_000 }, async () => {
    const transport = new StdioClientTransport({ command: binary(version), args: [program], env: {}, stderr: "pipe" });
    let said = "";
    transport.stderr?.on("data", (data) => (said += data));
    const client = new Client({ name: "test", version: "1" });
    await client.connect(transport);
    onTestFinished(() => client.close());
    expect((await client.listTools()).tools).toHaveLength(8);
    const answer = await client.callTool({
      name: "analyze_query",
      arguments: {
        sql: "select * from orders where customer = 7",
        schema_sql: "create table orders (id bigint primary key, customer bigint); create index on orders (customer);",
        row_counts: { orders: 1_000_000 },
      },
    });
    expect(answer.isError).toBeFalsy();
    expect(answer.structuredContent).toMatchObject({ basis: { planner: expect.stringMatching(/PostgreSQL 18/) } });
    const found = await client.callTool({ name: "search_docs", arguments: { query: "deadlock" } });
    expect(found.isError).toBeFalsy();
    expect(said).toBe("");
  });
}
