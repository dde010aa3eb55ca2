import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect, test } from "vitest";
import { tools } from "../src/tools/index.ts";
import { connect, type Era, spawnServer, spawnServerV1, textOf } from "./tools/client.ts";

const eras: readonly Era[] = ["legacy", "auto"];
const sql = "select id from orders where note = null";

test.each(eras)("a client of SDK v2 is answered in memory (%s)", async (era) => {
  const client = await connect({ era });
  expect(client.getNegotiatedProtocolVersion()).toBe(era === "auto" ? "2026-07-28" : "2025-11-25");
  const answer = await client.callTool({ name: "analyze_query", arguments: { sql } });
  expect(answer.structuredContent).toMatchObject({ findings: [{ rule: "query/null-equality" }] });
});

test.each(eras)("a client of SDK v2 is answered by the program over stdio (%s)", async (era) => {
  const client = await spawnServer({ era });
  const answer = await client.callTool({ name: "analyze_query", arguments: { sql } });
  expect(answer.structuredContent).toMatchObject({ findings: [{ rule: "query/null-equality" }] });
});

test("a client of SDK v1 is answered by the program over stdio, and holds the answer against the output schema", async () => {
  const client = await spawnServerV1();
  await client.listTools();
  const answer = await client.callTool({ name: "analyze_query", arguments: { sql } });
  expect(answer.structuredContent).toMatchObject({ findings: [{ rule: "query/null-equality" }] });
  const refused = await client.callTool({ name: "analyze_query", arguments: { sql: "" } });
  expect(refused.isError).toBe(true);
});

test.each([
  ["absent", {}],
  ["down", { DATABASE_URL: "postgres://reader@127.0.0.1:1/shop" }],
  ["wrong", { DATABASE_URL: "mysql://localhost/shop" }],
])("initialize and tools/list are answered with the database %s", async (_, environment) => {
  const client = await spawnServer({ environment });
  const { tools: listed } = await client.listTools();
  expect(listed.map((tool) => tool.name)).toEqual(tools.map((tool) => tool.name));
  const fromText = await client.callTool({
    name: "analyze_query",
    arguments: { sql, schema_sql: "create table orders (id int, note text)" },
  });
  expect(fromText.structuredContent).toMatchObject({ basis: { source: "schema_sql" } });
});

test("the program lists the tools as they are, though it loads none of them before it is called", async () => {
  const [program, source] = [await spawnServer(), await connect()];
  expect((await program.listTools()).tools).toEqual((await source.listTools()).tools);
  const wrong = await program.callTool({ name: "analyze_query", arguments: { query: sql } });
  expect(wrong.isError).toBe(true);
  expect(textOf(wrong)).toContain("query");
});

test("every tool says that it only reads, has a title, and takes no argument it does not know", async () => {
  const client = await connect();
  for (const tool of (await client.listTools()).tools) {
    expect(tool.annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false });
    expect(tool.title).toMatch(/\w/);
    expect(tool.inputSchema).toMatchObject({ additionalProperties: false });
    expect(tool.outputSchema).toMatchObject({ type: "object" });
  }
});

test("tools are listed in the order of their names", () => {
  const names = tools.map((tool) => tool.name);
  expect(names).toEqual([...names].sort());
});

test("a tool costs a model at most 300 tokens, and all of them 2,000", async () => {
  const client = await connect();
  const costs = (await client.listTools()).tools.map(
    ({ name, description, inputSchema }) => [name, JSON.stringify({ name, description, inputSchema }).length / 4] as const,
  );
  for (const [name, tokens] of costs) expect(tokens, name).toBeLessThanOrEqual(300);
  expect(costs.reduce((sum, [, tokens]) => sum + tokens, 0)).toBeLessThanOrEqual(2000);
});

test("lists may be kept for an hour", async () => {
  const client = await connect();
  expect(await client.listTools()).toMatchObject({ ttlMs: 3_600_000, cacheScope: "public" });
});

test("lists are the same to the byte, whoever asks and however often", async () => {
  const told = async () => {
    const client = await spawnServer();
    const lists = [client.listTools(), client.listPrompts(), client.listResources(), client.listResourceTemplates()];
    return JSON.stringify(await Promise.all(lists));
  };
  const first = await told();
  expect(first.length).toBeGreaterThan(10_000);
  expect(await told()).toBe(first);
});

test("the server has an icon that needs no network", async () => {
  const [icon] = (await spawnServer()).getServerVersion()?.icons ?? [];
  expect(icon).toMatchObject({ mimeType: "image/svg+xml", sizes: ["any"] });
  const [, base64 = ""] = /^data:image\/svg\+xml;base64,(.+)$/.exec(icon?.src ?? "") ?? [];
  const svg = Buffer.from(base64, "base64").toString();
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" [\s\S]*<\/svg>$/);
  expect(svg).not.toMatch(/script|href|url\(/);
});

test("without a database nothing is looked up and nothing is connected to", async () => {
  const watched = `data:text/javascript,${encodeURIComponent(`
    import dns from "node:dns";
    import net from "node:net";
    import dgram from "node:dgram";
    const tell = (what) => process.stderr.write("NETWORK " + what + "\\n");
    for (const [of, name] of [[net.Socket.prototype, "connect"], [dns, "lookup"], [dns.promises, "lookup"], [dgram.Socket.prototype, "send"]]) {
      const own = of[name];
      of[name] = function (...given) { tell(name); return own.apply(this, given); };
    }
    const fetched = globalThis.fetch;
    globalThis.fetch = (...given) => { tell("fetch"); return fetched(...given); };
    if (process.env.TRIED) net.connect(9, "127.0.0.1").on("error", () => undefined);
  `)}`;
  const asked = async (environment: Record<string, string>) => {
    const program = new URL("../dist/index.js", import.meta.url).pathname;
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: ["--import", watched, program],
      env: environment,
      stderr: "pipe",
    });
    let said = "";
    transport.stderr?.on("data", (data) => (said += data));
    const client = new Client({ name: "test", version: "1" });
    await client.connect(transport);
    const schema = { schema_sql: "create table orders (id int primary key, note text)", row_counts: { orders: 10_000 } };
    const calls = [
      { name: "analyze_query", arguments: { sql, ...schema } },
      { name: "suggest_indexes", arguments: { queries: [{ sql }], ...schema } },
      { name: "review_schema", arguments: schema },
      { name: "migration_checklist", arguments: { sql: "alter table orders add column at timestamptz", ...schema } },
      { name: "search_docs", arguments: { query: "index" } },
    ];
    for (const call of calls) expect((await client.callTool(call)).isError).not.toBe(true);
    await client.close();
    return said;
  };
  expect(await asked({})).toBe("");
  // The watch sees what there is to see.
  expect(await asked({ TRIED: "yes" })).toContain("NETWORK connect");
});

test("the client is told how to use the server", async () => {
  const client = await connect({ era: "legacy" });
  expect(client.getInstructions()).toContain("analyze_query");
});

test("progress is told while an answer is made", async () => {
  const client = await connect();
  const messages: (string | undefined)[] = [];
  await client.callTool(
    { name: "analyze_query", arguments: { sql, schema_sql: "create table orders (id int, note text)", row_counts: { orders: 10 } } },
    { onprogress: ({ message }) => messages.push(message) },
  );
  expect(messages).toEqual(["Loading the schema", "Planning"]);
});

test("a call that is cancelled ends, and the next one is answered", async () => {
  const client = await connect();
  const stop = new AbortController();
  const slow = `select ${Array.from({ length: 12 }, (_, letter) => `length(repeat(chr(${65 + letter}), 250000000))`).join(" + ")}`;
  const call = client.callTool(
    { name: "analyze_query", arguments: { sql: slow, schema_sql: "create table orders (id int)" } },
    { signal: stop.signal },
  );
  setTimeout(() => stop.abort(), 300);
  await expect(call).rejects.toThrow();
  const next = await client.callTool({ name: "analyze_query", arguments: { sql } });
  expect(textOf(next)).toContain("query/null-equality");
});

test("answers of eight questions asked at once do not mix", async () => {
  const client = await connect();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, number) =>
      client.callTool({
        name: "analyze_query",
        arguments: {
          sql: `select c${number} from t${number} where id = 1`,
          schema_sql: `create table t${number} (id int primary key, c${number} text)`,
          row_counts: { [`t${number}`]: 5000 },
        },
      }),
    ),
  );
  const trees = answers.map(({ structuredContent }) => (structuredContent as { plan?: unknown } | undefined)?.plan);
  expect(trees).toEqual(
    Array.from({ length: 8 }, (_, number) => ({
      tree: `Index Scan using t${number}_pkey on t${number}\n    Index Cond: (t${number}.id = 1)`,
    })),
  );
});

test.each(eras)("prompts are listed, filled and completed (%s)", async (era) => {
  const client = await connect({ era });
  const { prompts } = await client.listPrompts();
  expect(prompts.map(({ name }) => name)).toHaveLength(11);
  expect(prompts.find(({ name }) => name === "optimize-query")).toMatchObject({
    name: "optimize-query",
    title: "Make a slow query fast",
    arguments: [{ name: "sql", required: true }, { name: "schema_sql", required: false }, { name: "plan" }, { name: "language" }],
  });
  const got = await client.getPrompt({ name: "optimize-query", arguments: { sql: "select 1", language: "fr" } });
  expect(got.messages).toMatchObject([{ role: "user", content: { type: "text", text: expect.stringMatching(/^Réponds en français/) } }]);
  await expect(client.getPrompt({ name: "optimize-query", arguments: {} })).rejects.toThrow(/optimize-query needs sql/);
  await expect(client.getPrompt({ name: "nope" })).rejects.toThrow(/There is no prompt nope/);
  const ref = { type: "ref/prompt", name: "structure-migrations" } as const;
  expect((await client.complete({ ref, argument: { name: "tool", value: "p" } })).completion.values).toEqual(["prisma", "psql"]);
  const place = { type: "ref/resource", uri: "knowledge://{page}/{section}" } as const;
  expect(
    (
      await client.complete({
        ref: place,
        argument: { name: "section", value: "sql-ex" },
        context: { arguments: { page: "sql-postgresql" } },
      })
    ).completion.values,
  ).toEqual(["sql-explain"]);
  expect(client.getServerCapabilities()).toMatchObject({ prompts: {}, completions: {} });
});

test("prompts/list may be kept for an hour", async () => {
  expect(await (await connect()).listPrompts()).toMatchObject({ ttlMs: 3_600_000, cacheScope: "public" });
});

test("a client of SDK v1 gets them too", async () => {
  const client = await spawnServerV1();
  expect((await client.listPrompts()).prompts).toHaveLength(11);
  expect((await client.getPrompt({ name: "choose-orm", arguments: { project: "a shop" } })).messages).toHaveLength(1);
  expect(
    (await client.complete({ ref: { type: "ref/prompt", name: "choose-orm" }, argument: { name: "runtime", value: "e" } })).completion
      .values,
  ).toEqual(["edge"]);
});
