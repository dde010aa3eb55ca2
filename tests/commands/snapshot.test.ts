import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answersOf } from "../../src/catalog/snapshot-database.ts";
import { readSnapshotFile } from "../../src/catalog/snapshot-file.ts";
import { readWorkload } from "../../src/catalog/workload.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { type Cluster, createDatabase, startCluster } from "../postgres/server.ts";
import { connect, textOf } from "../tools/client.ts";
import { readDatabase } from "../twin/twin.ts";

const program = new URL("../../dist/index.js", import.meta.url).pathname;
const versions = [15, 18] as const;
const clusters: Partial<Record<15 | 18, Cluster>> = {};
const urls: Partial<Record<15 | 18, string>> = {};
let folder = "";

const secret = "gehe1m";
const settings = { shared_preload_libraries: "pg_stat_statements", "pg_stat_statements.track": "all", autovacuum: "off" };
const schema = `
  create schema tools;
  create extension pg_stat_statements schema tools;
  create table orders (id int primary key, note text);
  insert into orders select i, '${secret}' || i % 10 from generate_series(1, 5000) i;
  create function counted(wanted text) returns bigint language sql as $$ select count(*) from orders where note = wanted $$;
  analyze orders;
`;
const workload = [
  `select id from orders where note = '${secret}1' /* traceparent='${secret}' */`,
  `select id from orders where id in (1, 2, 3) -- ${secret}`,
  `select counted('${secret}2')`,
  `update orders set note = '${secret}' where id = 7`,
  `set application_name = '${secret}'`,
  `explain select '${secret}' from orders`,
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "snapshot-"));
  for (const version of versions) {
    const cluster = await startCluster(version, { settings });
    clusters[version] = cluster;
    const { url } = await createDatabase(cluster, schema);
    urls[version] = url;
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const sql of workload) await client.query(sql);
    await client.end();
  }
});

afterAll(async () => {
  await Promise.all(versions.map((version) => clusters[version]?.stop()));
  await rm(folder, { recursive: true });
});

const run = (args: readonly string[], environment: Record<string, string> = {}) =>
  spawnSync(process.execPath, [program, ...args], { encoding: "utf8", env: environment, maxBuffer: 1e8 });
const take = (version: 15 | 18, ...args: readonly string[]) => run(["snapshot", ...args], { DATABASE_URL: urls[version] ?? "" });
/** What the summary says of statements that are not in the snapshot. */
const missing = ({ stderr }: { readonly stderr: string }) => /^Not all statements .*$/m.exec(stderr)?.[0] ?? "";
const inFolder = (name: string) => join(folder, name);
const statementsIn = (text: string): readonly string[] => {
  const { columns, rows } = JSON.parse(text).queries["workload statements"];
  return rows.map((row: readonly unknown[]) => row[columns.indexOf("text")]).sort();
};

test.each(versions)("a snapshot of PostgreSQL %i says what it holds and when it was taken, and not where from", (version) => {
  const file = inFolder(`plain-${version}.json`);
  const { status, stdout, stderr } = take(version, file);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  expect(stderr).toMatch(
    new RegExp(`^Wrote ${file}: test_\\w+, PostgreSQL ${version}\\.\\d+.*, 3 relations, \\d+ bytes\\. It holds catalog,`),
  );
  const text = readFileSync(file, "utf8");
  const { queries: _, ...head } = JSON.parse(text);
  expect(head).toEqual({
    backend_db_mcp_snapshot: 1,
    product: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    server_version: expect.stringMatching(new RegExp(`^${version}\\.`)),
    server_version_num: expect.any(Number),
    database: expect.stringMatching(/^test_/),
    taken_at: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    holds: ["catalog", "sizes", "statistics", "settings", "counters", "workload"],
  });
  expect(text).not.toContain(clusters[version]?.password);
  expect(text).not.toContain("127.0.0.1");
  expect(text).not.toContain(secret);
});

test.each(versions)("of the statements of PostgreSQL %i only those that are planned are kept, without a value in them", (version) => {
  const { stdout } = take(version);
  const statements = statementsIn(stdout);
  const list = version === 15 ? "($1, $2, $3)" : "($1 /*, ... */)";
  expect(statements).toEqual(
    [
      "insert into orders select i, $1 || i % $2 from generate_series($3, $4) i",
      "select count(*) from orders where note = wanted",
      "select counted($1)",
      "select id from orders where note = $1",
      `select id from orders where id in ${list}`,
      "update orders set note = $1 where id = $2",
    ].sort(),
  );
  expect(statementsIn(take(version, "--no-workload").stdout)).toEqual([]);
  expect(JSON.parse(take(version, "--no-workload").stdout).holds).not.toContain("workload");
});

test("values of rows are written only when asked for, into a file of one's own, with a warning", () => {
  const file = inFolder("values.json");
  take(15, file);
  const { status, stderr } = take(15, file, "--with-values");
  expect(status).toBe(0);
  expect(stderr).toContain("Warning: it holds values of your rows");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8")).toContain(secret);
});

test("a file that is no snapshot is left as it is", () => {
  const file = inFolder("notes.txt");
  writeFileSync(file, "my notes");
  const { status, stderr } = take(15, file);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `backend-db-mcp: ${file} exists and is not a snapshot, so it is left as it is. Name another file.\n`,
  });
  expect(readFileSync(file, "utf8")).toBe("my notes");
  expect(take(15, folder).stderr).toContain("is not a file");
  symlinkSync(file, inFolder("link"));
  expect(take(15, inFolder("link")).stderr).toContain("is not a file");
});

test("a full disk and a folder that is not there give a sentence, and leave nothing behind", () => {
  const file = inFolder("large.json");
  const full = spawnSync("sh", ["-c", `ulimit -f 8; exec "$0" "$1" snapshot "$2"`, process.execPath, program, file], {
    encoding: "utf8",
    env: { DATABASE_URL: urls[18] ?? "" },
  });
  expect(full.stderr).toMatch(/^backend-db-mcp: The snapshot could not be written to .*large\.json: .* Nothing was left there\.\n$/);
  expect(full.status).toBe(1);
  expect(existsSync(file)).toBe(false);
  expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  expect(take(15, inFolder("missing/x.json")).stderr).toContain("there is no such folder");
  const closed = spawnSync("sh", ["-c", `exec "$0" "$1" snapshot > /dev/full`, process.execPath, program], {
    encoding: "utf8",
    env: { DATABASE_URL: urls[18] ?? "" },
  });
  expect({ status: closed.status, stderr: closed.stderr }).toEqual({
    status: 1,
    stderr: "backend-db-mcp: The snapshot could not be written to stdout: the disk is full. Nothing was left there.\n",
  });
});

test("without a database there is nothing to take a snapshot of", () => {
  const { status, stdout, stderr } = run(["snapshot", inFolder("none.json")], { BACKEND_DB_MCP_SNAPSHOT: inFolder("plain-15.json") });
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: "",
    stderr: "backend-db-mcp: A snapshot is taken of a database: set DATABASE_URL.\n",
  });
});

const ask = (id: number, name: string, args: object) => ({ jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } });
const initialize = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
};

test("a snapshot is served without asking the database that is configured too, and the log says so", async () => {
  const file = inFolder("served.json");
  take(18, file, "--with-values");
  const messages = [initialize, { jsonrpc: "2.0", method: "notifications/initialized" }, ask(2, "inspect_schema", {})];
  const input = `${messages.map((message) => JSON.stringify(message)).join("\n")}\n`;
  const environment = { DATABASE_URL: "postgres://127.0.0.1:1/none" };
  const { stdout, stderr } = await conversation(["--snapshot", file], { environment, input, until: '"id":2' });
  expect(stderr).toBe(`backend-db-mcp: serving from the snapshot ${file}; no database is asked.\n`);
  const { basis } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "").result.structuredContent;
  expect(basis).toMatchObject({
    source: "snapshot",
    as_of: expect.stringMatching(/^20\d\d-/),
    server_version: expect.stringMatching(/^18\./),
  });
  expect(basis).not.toHaveProperty("age");
});

async function answerFrom(file: string): Promise<string> {
  const client = await connect({ environment: { BACKEND_DB_MCP_SNAPSHOT: file } });
  return textOf(await client.callTool({ name: "analyze_query", arguments: { sql: "select id from orders where note = 'x'" } }));
}

test("what is no snapshot of this format is told with what to do", async () => {
  const good = inFolder("good.json");
  take(15, good);
  const text = readFileSync(good, "utf8");
  const broken = {
    "notes.json": '{"notes": []}',
    "cut.json": text.slice(0, text.length / 2),
    "newer.json": text.replace('"backend_db_mcp_snapshot":1', '"backend_db_mcp_snapshot":2'),
    "headless.json": text.replace('"taken_at"', '"taken"'),
    "less.json": text.replace('\n"tables":', '\n"chairs":'),
    "ragged.json": text.replace(/("columns": \["oid"[^\n]*\n\[)/, "$1null,"),
  };
  const told: Record<string, string> = {};
  for (const [name, content] of Object.entries(broken)) {
    writeFileSync(inFolder(name), content);
    told[name] = (await answerFrom(inFolder(name))).replaceAll(`${folder}/`, "");
  }
  writeFileSync(inFolder("huge.json"), "");
  truncateSync(inFolder("huge.json"), 500_000_000);
  for (const name of ["huge.json", "missing.json", "."])
    told[name] = (await answerFrom(inFolder(name))).replaceAll(`${folder}/`, "").replaceAll(folder, "the folder");
  expect(told).toMatchInlineSnapshot(`
    {
      ".": "bad_snapshot: The snapshot the folder cannot be read: it is a folder. Write it anew with \`backend-db-mcp snapshot FILE\`, or name another file.",
      "cut.json": "bad_snapshot: cut.json begins as a snapshot and then breaks off, or is no longer JSON. Write it anew with \`backend-db-mcp snapshot FILE\`, or name another file.",
      "headless.json": "bad_snapshot: headless.json is a snapshot whose head is damaged. Write it anew with \`backend-db-mcp snapshot FILE\`, or name another file.",
      "huge.json": "bad_snapshot: huge.json has 500000000 bytes; at most 400000000 are read. Name the file that \`backend-db-mcp snapshot\` wrote.",
      "less.json": "bad_snapshot: less.json is a snapshot without "tables", which this server needs. Write it anew with \`backend-db-mcp snapshot FILE\`, or name another file.",
      "missing.json": "bad_snapshot: The snapshot missing.json cannot be read: there is no such file. Write it anew with \`backend-db-mcp snapshot FILE\`, or name another file.",
      "newer.json": "bad_snapshot: newer.json is a snapshot of format 2, and this server reads format 1. It was written by version 0.1.0 of this server. Update this server.",
      "notes.json": "bad_snapshot: notes.json is not a snapshot. Write it anew with \`backend-db-mcp snapshot FILE\`, or name another file.",
      "ragged.json": "bad_snapshot: ragged.json is a snapshot without "relation edges", which this server needs. Write it anew with \`backend-db-mcp snapshot FILE\`, or name another file.",
    }
  `);
});

test("an old snapshot says how old it is, and one without values what it lacks", async () => {
  const file = inFolder("old.json");
  take(15, file);
  const monthAgo = new Date(Date.now() - 30 * 86_400_000).toISOString();
  writeFileSync(file, readFileSync(file, "utf8").replace(/"taken_at":"[^"]+"/, `"taken_at":"${monthAgo}"`));
  const text = await answerFrom(file);
  expect(text).toContain(
    `from a snapshot of ${monthAgo.slice(0, 10)} (30 days old: write it anew with \`backend-db-mcp snapshot\`); statistics partial`,
  );
  expect(text).toContain("the snapshot was written without most common values and histograms (--with-values)");
});

interface Talk {
  readonly environment: Record<string, string>;
  readonly input: string;
  /** Words of stdout after which nothing more is waited for. */
  readonly until: string;
}

async function conversation(args: readonly string[], { environment, input, until }: Talk): Promise<{ stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [program, ...args], { env: environment, stdio: ["pipe", "pipe", "pipe"] });
  const written = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => (written.stdout += data));
  child.stderr.on("data", (data) => (written.stderr += data));
  child.stdin.write(input);
  while (!written.stdout.includes(until)) await once(child.stdout, "data");
  child.stdin.end();
  await once(child, "exit");
  return written;
}

test.each(versions)("what PostgreSQL %i counted is read from the snapshot as it was written", async (version) => {
  const file = inFolder(`counted-${version}.json`);
  take(version, file);
  const workload = await readWorkload(answersOf(await readSnapshotFile(file)));
  if ("state" in workload) throw new Error(workload.state);
  expect(workload).toMatchObject({ hiddenCalls: 0, evictions: 0, since: expect.stringMatching(/^20\d\d-/) });
  const outer = workload.statements.find(({ text }) => text.startsWith("select counted"));
  const inner = workload.statements.find(({ text }) => text.startsWith("select count(*)"));
  expect(outer).toMatchObject({ calls: 1, rows: 1, stddevTime: 0, tempRead: 0, topLevel: true, id: expect.stringMatching(/^-?\d+$/) });
  expect(outer?.meanTime).toBe(outer?.totalTime);
  expect(outer?.sharedHit).toBeGreaterThan(10);
  expect(inner).toMatchObject({ calls: 1, topLevel: false });
  expect(workload.statements.find(({ text }) => text.startsWith("insert"))?.walBytes).toBeGreaterThan(100_000);
  take(version, file, "--no-workload");
  expect(await readWorkload(answersOf(await readSnapshotFile(file)))).toEqual({ state: "left out" });
});

test.each(versions)("a role of PostgreSQL %i that may not see the statements gets the rest of the snapshot", async (version) => {
  const owner = new pg.Client({ connectionString: urls[version] });
  await owner.connect();
  await owner.query("create role reader login password 'reader'; grant usage on schema tools to reader");
  const asReader = Object.assign(new URL(urls[version] ?? ""), { username: "reader", password: "reader" }).href;
  const read = () => readDatabase(asReader, (_, database) => readWorkload(database));
  const hidden = await read();
  expect(hidden).toMatchObject({ hiddenCalls: expect.any(Number) });
  expect("hiddenCalls" in hidden && hidden.hiddenCalls).toBeGreaterThan(5);
  expect(missing(run(["snapshot"], { DATABASE_URL: asReader })).replace(/\d+ calls/, "36 calls")).toMatchInlineSnapshot(
    `"Not all statements are in it: 36 calls are of other roles, and reader may not see their statements. Have a superuser run: grant pg_read_all_stats to reader;"`,
  );
  await owner.query("grant pg_read_all_stats to reader");
  expect(missing(run(["snapshot"], { DATABASE_URL: asReader }))).toBe("");
  await owner.query("revoke pg_read_all_stats from reader");
  await owner.query("revoke select on tools.pg_stat_statements from public");
  expect(await read()).toEqual({ state: "not readable" });
  const taken = run(["snapshot"], { DATABASE_URL: asReader });
  expect(statementsIn(taken.stdout)).toEqual([]);
  expect(missing(taken)).toMatchInlineSnapshot(
    `"Not all statements are in it: reader may not read tools.pg_stat_statements. Have its owner run: grant usage on schema tools to reader; grant select on tools.pg_stat_statements to reader;"`,
  );
  await owner.query("grant select on tools.pg_stat_statements to public");
  await owner.end();
});

test("an extension whose library was not loaded at start is told, and ends no transaction", async () => {
  const { url } = await freshDatabase(18, "create extension pg_stat_statements");
  expect(await readDatabase(url, (_, database) => readWorkload(database))).toEqual({ state: "not loaded" });
  expect(missing(run(["snapshot"], { DATABASE_URL: url }))).toMatchInlineSnapshot(
    `"Not all statements are in it: pg_stat_statements is installed in this database, and the server runs without its library. Add pg_stat_statements to shared_preload_libraries and restart the server."`,
  );
  const { url: without } = await freshDatabase(18);
  expect(await readDatabase(without, (_, database) => readWorkload(database))).toEqual({ state: "not installed" });
  expect(missing(run(["snapshot"], { DATABASE_URL: without }))).toMatchInlineSnapshot(
    `"Not all statements are in it: pg_stat_statements is not installed in this database. Have a superuser run: create extension pg_stat_statements; its library must be in shared_preload_libraries, too, which takes a restart of the server."`,
  );
});
