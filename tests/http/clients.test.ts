import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { expect, test } from "vitest";
import { asSuperuser, eventually } from "../database/sessions.ts";
import { cluster, freshDatabase } from "../postgres/fresh-database.ts";
import { spawnServer, spawnServerV1, textOf } from "../tools/client.ts";
import { type AnyClient, connectHttp, generations, send, spawnHttp, spawnOnce } from "./serving.ts";

/** A schema that the twin does not hold yet. */
const onText = (table: string) => ({
  name: "analyze_query",
  arguments: {
    sql: `select id from ${table} where customer_id = 1`,
    schema_sql: `create table ${table} (id int primary key, customer_id int); create index on ${table} (customer_id)`,
    row_counts: { [table]: 10_000 },
  },
});
const onDatabase = { name: "inspect_schema", arguments: { tables: ["orders"] } };

test.each(generations)("a client of %s lists, calls, reads and is told of progress", async (generation) => {
  const { url, written } = await spawnOnce(undefined);
  const client = await connectHttp(url, { generation });
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain("analyze_query");
  const [prompt] = (await client.listPrompts()).prompts;
  expect(prompt?.name).toBeDefined();
  const { contents } = await client.readResource({ uri: "skill://backend-db/SKILL.md" });
  expect(contents[0]).toMatchObject({ mimeType: "text/markdown" });

  const table = `orders_${generations.indexOf(generation)}`;
  const progress: (string | undefined)[] = [];
  const answer = await client.callTool(onText(table), { onprogress: ({ message }) => progress.push(message) });
  expect(textOf(answer as Parameters<typeof textOf>[0])).toContain(`${table}_customer_id_idx`);
  expect(progress).toEqual(["Loading the schema", "Planning"]);

  const wrong = await client.callTool({ name: "analyze_query", arguments: { sql: "selec 1", schema_sql: "" } });
  expect(wrong).toMatchObject({ isError: true });
  await client.close();
  expect(written.stderr.trim().split("\n")).toHaveLength(1);
});

const shared = freshDatabase(18, "create table orders (id int primary key, note text)");

/** Asks what waits for a table that a session has locked, does `then` while it waits, and watches the query end before the lock does. */
const whileWaiting = (url: string, ask: () => Promise<unknown>, then: () => Promise<void>): Promise<unknown> =>
  asSuperuser(url, (lock) =>
    // A session of its own, since in one transaction pg_stat_activity stays as it was first read.
    asSuperuser(url, async (watch) => {
      await lock.query("begin; lock table orders in access exclusive mode");
      const asked = ask().catch((error: unknown) => error);
      await eventually(async () => (await waiting(watch)) > 0);
      await then();
      await eventually(async () => (await waiting(watch)) === 0);
      return asked;
    }),
  );

const waiting = (client: pg.Client) =>
  client
    .query(
      "select from pg_stat_activity where datname = current_database() and application_name = 'backend-db-mcp' and wait_event_type = 'Lock'",
    )
    .then(({ rowCount }) => rowCount ?? 0);

/** How often this database was asked to stop a query. Those that end at their lock timeout are not among them. */
async function cancellations(database: string): Promise<number> {
  const name = new URL(database).pathname.slice(1);
  const lines = (await cluster(18).log()).split("\n").filter((line) => line.includes(` ${name} `));
  return lines.filter((line) => line.includes("canceling statement due to user request")).length;
}

test.each(generations)("a client of %s that cancels its call ends its query", async (generation) => {
  const database = await shared;
  const { url } = await spawnOnce(database.url);
  const before = await cancellations(database.url);
  const client = await connectHttp(url, { generation });
  const cancel = new AbortController();
  const ask = () => client.callTool(onDatabase, { signal: cancel.signal });
  await whileWaiting(database.url, ask, async () => cancel.abort());
  await eventually(async () => (await cancellations(database.url)) > before);
  expect(await client.callTool(onDatabase)).not.toMatchObject({ isError: true });
});

test.each([
  ["v2 in the protocol of 2026", async (url: string) => spawnServer({ environment: { DATABASE_URL: url } })],
  ["v2 in that of 2025", async (url: string) => spawnServer({ environment: { DATABASE_URL: url }, era: "legacy" })],
  ["v1", async (url: string) => spawnServerV1({ environment: { DATABASE_URL: url } })],
] as const)("over stdio a client of %s that cancels its call ends its query too", async (_, start) => {
  const { url } = await shared;
  const before = await cancellations(url);
  const client = await start(url);
  const cancel = new AbortController();
  const ask = () =>
    "getNegotiatedProtocolVersion" in client
      ? client.callTool(onDatabase, { signal: cancel.signal })
      : client.callTool(onDatabase, undefined, { signal: cancel.signal });
  await whileWaiting(url, ask, async () => cancel.abort());
  await eventually(async () => (await cancellations(url)) > before);
  expect(await client.callTool(onDatabase)).not.toMatchObject({ isError: true });
});

test("a session id cancels only what was called under it", async () => {
  const database = await shared;
  const { url } = await spawnOnce(database.url);
  const before = await cancellations(database.url);
  const call = JSON.stringify({ jsonrpc: "2.0", id: 7, method: "tools/call", params: onDatabase });
  const cancel = JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 7 } });
  const session = (id: string) => ({ "mcp-session-id": id });
  await whileWaiting(
    database.url,
    () => send(url, { body: call, headers: session("one") }),
    async () => {
      await send(url, { body: cancel });
      await send(url, { body: cancel, headers: session("two") });
    },
  );
  expect(await cancellations(database.url)).toBe(before);
});

test("a client that goes away in the middle of a call ends its query", async () => {
  const database = await shared;
  const { url } = await spawnOnce(database.url);
  const before = await cancellations(database.url);
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: onDatabase });
  const head = `POST /mcp HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\naccept: application/json, text/event-stream`;
  const ask = async () => socket.write(`${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  await whileWaiting(database.url, ask, async () => void socket.destroy());
  await eventually(async () => (await cancellations(database.url)) > before);
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "on %s running queries are cancelled, their callers told, and the program ends with 0",
  async (signal) => {
    const database = await freshDatabase(18, "create table orders (id int primary key)");
    const { url, child, ended } = await spawnHttp({ environment: { DATABASE_URL: database.url } });
    const client = await connectHttp(url, { generation: "v1" });
    const answer = await whileWaiting(
      database.url,
      () => client.callTool(onDatabase),
      async () => void child.kill(signal),
    );
    expect(answer).toMatchObject({ isError: true, _meta: { "backend-db-mcp/error": { code: "cancelled" } } });
    expect(await ended).toEqual([0, null]);
    await expect.poll(() => cancellations(database.url), { timeout: 10_000 }).toBe(1);
  },
);

test("a client that does not read or send does not keep the program from ending", async () => {
  const { url, child, ended } = await spawnHttp();
  const { hostname, port, host } = new URL(url);
  const idle = connect(Number(port), hostname);
  const half = connect(Number(port), hostname);
  half.write(`POST /mcp HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 100\r\n\r\n{`);
  for (const socket of [idle, half]) socket.on("error", () => undefined);
  await once(half, "connect");
  await sleep(100);
  child.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
});

test("many clients at once are all answered", { timeout: 300_000 }, async () => {
  const { url } = await spawnOnce((await shared).url);
  const [clients, calls] = process.env.LONG ? [32, 60] : [32, 2];
  const questions = [
    onDatabase,
    { name: "analyze_query", arguments: { sql: "select note from orders where id = 1" } },
    { name: "search_docs", arguments: { query: "foreign key without an index" } },
  ];
  const ask = async (client: AnyClient, place: number) => {
    const answers = [];
    for (let call = 0; call < calls; call += 1) answers.push(await client.callTool(questions[(place + call) % 3] ?? onDatabase));
    return answers;
  };
  const generation = (place: number) => generations[place % generations.length] ?? "v1";
  const all = await Promise.all(
    Array.from({ length: clients }, async (_, place) => ask(await connectHttp(url, { generation: generation(place) }), place)),
  );
  expect(all.flat().filter(({ isError }) => isError)).toEqual([]);
  expect(all.flat()).toHaveLength(clients * calls);
});

test("of a hundred calls at once each is answered or refused as busy with the time to come back, and the next is answered", async () => {
  const { url } = await spawnOnce((await shared).url);
  const client = await connectHttp(url, { generation: "v1" });
  const answers = await Promise.all(Array.from({ length: 100 }, () => client.callTool(onDatabase)));
  const refused = answers.filter(({ isError }) => isError);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(100);
  for (const { _meta } of refused) expect(_meta?.["backend-db-mcp/error"]).toMatchObject({ code: "busy", retry_after_s: 2 });
  expect(await client.callTool(onDatabase)).not.toMatchObject({ isError: true });
});
