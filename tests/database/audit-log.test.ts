import { spawnSync } from "node:child_process";
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, expect, onTestFinished, test, vi } from "vitest";
import { openAuditLog } from "../../src/database/audit-log.ts";
import type { Database } from "../../src/database/database.ts";
import { openDatabase } from "../../src/database/live-database.ts";
import { cluster, freshDatabase } from "../postgres/fresh-database.ts";
import { connect } from "../tools/client.ts";
import { connectionTo } from "./asking.ts";
import { untilItSleeps } from "./sessions.ts";

const versions = [15, 18] as const;
const program = new URL("../../dist/index.js", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "audit-log-"));
afterAll(() => rmSync(folder, { recursive: true }));

const shop = "create table customers (id int primary key, email text); insert into customers values (1, 'cell-hunter2'); analyze customers";

interface Line {
  readonly time: string;
  readonly database: string;
  readonly cause?: { readonly name: string; readonly request?: number };
  readonly backend: number;
  readonly statement?: string;
  readonly sql: string;
  readonly masked: boolean;
  readonly parameters: number;
  readonly duration_ms: number;
  readonly rows?: number;
  readonly outcome: string;
}

let files = 0;
function fileName(): string {
  files += 1;
  return join(folder, `${files}.jsonl`);
}

const linesOf = (...names: readonly string[]): readonly Line[] =>
  names
    .map((name) => readFileSync(name, "utf8"))
    .join("")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** What the server itself says it was sent by us in this database: the first line of each statement. */
async function seenBy(version: 15 | 18, url: string): Promise<readonly string[]> {
  const name = new URL(url).pathname.slice(1);
  return (await cluster(version).log())
    .split("\n")
    .filter((line) => line.includes(` ${name} backend-db-mcp`))
    .flatMap((line) => /LOG: {2}execute [^:]+: (.*)$/.exec(line)?.[1] ?? []);
}

const firstLines = (lines: readonly Line[]) => lines.map(({ sql }) => sql.split("\n")[0]);

/** Asks in this process, and gives back the lines. */
async function logged(url: string, ask: (reads: Database) => Promise<unknown>, signal?: AbortSignal): Promise<readonly Line[]> {
  const file = fileName();
  const auditLog = openAuditLog(file);
  const database = openDatabase(connectionTo(url), { auditLog });
  await database.transaction(ask, { signal, cause: { name: "test" } }).catch(() => undefined);
  await database.close();
  auditLog.close();
  return linesOf(file);
}

const outcomes = (lines: readonly Line[]) => lines.map(({ sql, rows, outcome }) => `${sql.slice(0, 40)}: ${outcome} ${rows ?? ""}`.trim());

test.each(versions)("the log has what the log of Postgres %i has, in its order, each with the call that caused it", async (version) => {
  const { url } = await freshDatabase(version, shop);
  const file = fileName();
  const client = await connect({ environment: { DATABASE_URL: url }, args: ["--audit-log", file] });
  await client.callTool({ name: "inspect_schema", arguments: {} });
  await client.callTool({ name: "analyze_query", arguments: { sql: "select id from customers where email = 'caller-hunter2'" } });
  const lines = linesOf(file);
  expect(firstLines(lines)).toEqual(await seenBy(version, url));
  expect(new Set(lines.map(({ database, outcome, masked }) => `${database.replace(/^.*\//, "")} ${outcome} ${masked}`))).toEqual(
    new Set([`${new URL(url).pathname.slice(1)} as postgres ok false`]),
  );
  const [first, ...rest] = lines;
  expect(first).toMatchObject({ sql: expect.stringMatching(/^begin/), parameters: 0, rows: 0, cause: { name: "inspect_schema" } });
  expect(rest.at(-1)).toMatchObject({ sql: "rollback", cause: { name: "analyze_query" } });
  const requests = new Set(lines.map(({ cause }) => cause?.request));
  expect(requests.size).toBe(2);
  expect(lines.every(({ time, backend, duration_ms }) => time === new Date(time).toISOString() && backend > 0 && duration_ms > 0)).toBe(
    true,
  );
  expect(lines.filter(({ statement }) => statement?.startsWith("backend-db-mcp: ")).length).toBeGreaterThan(10);
  expect(readFileSync(file, "utf8")).not.toContain("hunter2");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test.each(versions)("how a statement ended is told by its SQLSTATE on Postgres %i, and its values are only counted", async (version) => {
  const { url } = await freshDatabase(version, shop);
  const lines = await logged(url, async (reads) => {
    await reads.read("select email from public.customers where email = any ($1) or id = $2", [["cell-hunter2", "b"], 1]);
    await reads.read("select pg_catalog.pg_size_pretty(email::pg_catalog.int8) from public.customers");
  });
  expect(outcomes(lines.slice(3))).toMatchInlineSnapshot(`
    [
      "select email from public.customers where: ok 1",
      "select pg_catalog.pg_size_pretty(email::: 22P02",
      "rollback: ok 0",
    ]
  `);
  expect(lines[3]?.parameters).toBe(2);
  expect(JSON.stringify(lines)).not.toContain("hunter2");
});

test("a statement of a caller is logged without its constants and comments", async () => {
  const { url } = await freshDatabase(18, shop);
  const lines = await logged(url, (reads) =>
    reads.read(
      `explain (format json) select 'a hunter2', E'\\'hunter2', $$hunter2$$, $q$hunter2$q$, U&'hunter2', B'1', 42, 4.2e1, "email" /* hunter2 */
       from public.customers -- hunter2
       where id = any (array[7,8]) and email <> n'hunter2' limit 9`,
    ),
  );
  expect(lines[3]).toMatchObject({ masked: true, outcome: "ok" });
  expect(lines[3]?.sql).toMatchInlineSnapshot(
    `"explain (format json) select ?, ?, ?, ?, ?, ?, ?, ?, "email" from public.customers where id = any (array[?,?]) and email <> n? limit ?"`,
  );
});

test("what is planned on the server is logged at the level that sends it", async () => {
  const { url } = await freshDatabase(18, shop);
  const file = fileName();
  const client = await connect({ environment: { DATABASE_URL: url }, args: ["--access", "explain", "--audit-log", file] });
  const sql = "select id from customers where email = 'caller-hunter2' and id = $1 -- hunter2";
  for (const asked of ["select 1", sql]) await client.callTool({ name: "analyze_query", arguments: { sql: asked } });
  const lines = linesOf(file);
  const planned = lines.filter(({ sql }) => /^(explain|prepare|deallocate)/.test(sql));
  const told = planned.map(({ sql, cause, masked }) => `${cause?.name}, ${masked ? "masked" : "as sent"}: ${sql}`);
  expect(told.map((line) => line.replaceAll(/_[0-9a-f]{8}/g, "_x"))).toMatchInlineSnapshot(`
    [
      "analyze_query, masked: explain (verbose, format json) select ?",
      "analyze_query, masked: prepare backend_db_mcp_x as select id from customers where email = ? and id = $1",
      "analyze_query, as sent: explain (verbose, format json) execute backend_db_mcp_x(null)",
      "analyze_query, as sent: deallocate backend_db_mcp_x",
    ]
  `);
  expect(lines).toHaveLength((await seenBy(18, url)).length);
  expect(readFileSync(file, "utf8")).not.toContain("hunter2");
});

test("a cancelled statement is logged as that, and one without an answer too", async () => {
  const { url } = await freshDatabase(18);
  const gone = new AbortController();
  const asked = logged(url, (reads) => reads.read("select pg_catalog.pg_sleep(20)"), gone.signal);
  await untilItSleeps(url);
  gone.abort();
  expect(outcomes(await asked).at(-1)).toBe("select pg_catalog.pg_sleep(?): cancelled");

  const file = fileName();
  const auditLog = openAuditLog(file);
  const database = openDatabase(connectionTo(url), { auditLog });
  const unanswered = database.transaction((reads) => reads.read("select pg_catalog.pg_sleep(20)"), {}).catch(() => undefined);
  await untilItSleeps(url);
  auditLog.close();
  expect(outcomes(linesOf(file)).at(-1)).toBe("select pg_catalog.pg_sleep(?): unanswered");
  await database.close();
  await unanswered;
});

/** Blocks of 1024 bytes that any file of this process may have. */
async function spawnWithRoomFor(blocks: number, url: string, file: string): Promise<Client> {
  const client = new Client({ name: "test", version: "1" });
  const args = ["-c", `ulimit -f ${blocks}; exec "${process.execPath}" "${program}" --audit-log "${file}"`];
  await client.connect(new StdioClientTransport({ command: "bash", args, env: { DATABASE_URL: url }, stderr: "pipe" }));
  onTestFinished(() => client.close());
  return client;
}

test("while the log cannot be written nothing is sent, and no line is missing after there is room again", async () => {
  const { url } = await freshDatabase(18, shop);
  const file = fileName();
  const client = await spawnWithRoomFor(64, url, file);
  const ask = async () => {
    const { isError, content } = await client.callTool({ name: "inspect_schema", arguments: {} });
    return isError ? JSON.stringify(content) : undefined;
  };
  let refusal: string | undefined;
  for (let asked = 0; refusal === undefined && asked < 40; asked += 1) refusal = await ask();
  expect(refusal).toMatchInlineSnapshot(
    `"[{"type":"text","text":"connection_failed: The audit log cannot be written (EFBIG), so nothing is sent to the database until it can. Whoever runs this server must make room for it.\\nRetry after 30 s."}]"`,
  );
  const before = (await seenBy(18, url)).length;
  expect(await ask()).toBe(refusal);
  expect((await seenBy(18, url)).length).toBe(before);
  const [copy, rest] = [`${file}.1`, file];
  copyFileSync(file, copy);
  truncateSync(file);
  expect(await ask()).toBeUndefined();
  expect(firstLines(linesOf(copy, rest))).toEqual(await seenBy(18, url));
});

test("a log whose file was deleted holds everything up", async () => {
  const { url } = await freshDatabase(18, shop);
  const file = fileName();
  const client = await connect({ environment: { DATABASE_URL: url }, args: ["--audit-log", file] });
  const told = vi.spyOn(console, "error").mockReturnValue(undefined);
  onTestFinished(() => told.mockRestore());
  rmSync(file);
  const { content } = await client.callTool({ name: "inspect_schema", arguments: {} });
  expect(content).toMatchInlineSnapshot(`
    [
      {
        "text": "connection_failed: The file of the audit log was deleted, so nothing more is sent to the database. Whoever runs this server must start it again.",
        "type": "text",
      },
    ]
  `);
  expect(await seenBy(18, url)).toEqual([]);
  expect(told.mock.calls.map(([line]) => String(line).replace(file, "FILE"))).toMatchInlineSnapshot(`
    [
      "backend-db-mcp: FILE: The file of the audit log was deleted, so nothing more is sent to the database. Whoever runs this server must start it again.",
    ]
  `);
});

test("a log that cannot be opened stops the start", () => {
  const start = (file: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args, "--audit-log", file], { encoding: "utf8", env: {} });
    return `${status} ${stdout}${stderr.trim()}`.replaceAll(folder, "");
  };
  expect([start(join(folder, "missing", "log")), start(folder), start("/dev/stdout", "snapshot")]).toMatchInlineSnapshot(`
    [
      "2 backend-db-mcp: The audit log /missing/log cannot be opened (ENOENT). Nothing is served without it: name a file that this user may append to.",
      "2 backend-db-mcp: The audit log  is not a file. Name one to append to.",
      "2 backend-db-mcp: The audit log /dev/stdout is not a file. Name one to append to.",
    ]
  `);
});

test("lines are appended to what is there, and the command snapshot writes its own", async () => {
  const { url } = await freshDatabase(18, shop);
  const file = fileName();
  appendFileSync(file, '{"before":true}\n');
  const { status } = spawnSync(process.execPath, [program, "snapshot", "--audit-log", file, "-"], {
    encoding: "utf8",
    env: { DATABASE_URL: url },
  });
  expect(status).toBe(0);
  const [before, ...lines] = linesOf(file);
  expect(before).toEqual({ before: true });
  expect(firstLines(lines)).toEqual(await seenBy(18, url));
  expect(new Set(lines.map(({ cause }) => JSON.stringify(cause)))).toEqual(new Set(['{"name":"snapshot"}']));
});
