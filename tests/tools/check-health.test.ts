import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Health, readHealth } from "../../src/catalog/health.ts";
import { readSettings } from "../../src/catalog/settings.ts";
import { renderSnapshot } from "../../src/catalog/snapshot-file.ts";
import { recordSnapshot } from "../../src/catalog/snapshot-record.ts";
import { healthRules } from "../../src/rules/health-rules.ts";
import { run } from "../../src/rules/rule.ts";
import { type Cluster, createDatabase, isInstalled, type Major, startCluster } from "../postgres/server.ts";
import { readDatabase } from "../twin/twin.ts";
import { connect, textOf } from "./client.ts";

const versions = ([14, 15, 16, 17, 18] as const).filter((version) => process.env.LONG !== undefined || version === 15 || version === 18);
const clusters = new Map<Major, Cluster>();
const urls = new Map<Major, string>();
const folder = await mkdtemp(join(tmpdir(), "health-"));

/** A server that nobody looks after. */
const settings = {
  autovacuum: "off",
  fsync: "off",
  max_connections: "20",
  max_prepared_transactions: "5",
  max_replication_slots: "5",
  wal_level: "logical",
  archive_mode: "on",
  archive_command: "false",
  deadlock_timeout: "200ms",
  autovacuum_freeze_max_age: "100000",
};

const schema = `
  create table orders (id int primary key, note text);
  insert into orders select i, repeat('x', 200) from generate_series(1, 60000) i;
  vacuum analyze orders;
  create table visits (id bigint primary key, note text) with (autovacuum_enabled = off);
  insert into visits select i, repeat('y', 200) from generate_series(1, 60000) i;
  delete from visits where id % 4 <> 0;
  vacuum analyze visits;
  delete from orders where id <= 20000;
  create table tickets (id serial primary key);
  select setval('tickets_id_seq', 2100000000);
  create table pairs (a int);
  insert into pairs values (1), (1);`;

beforeAll(async () => {
  for (const version of versions.filter(isInstalled)) {
    const cluster = await startCluster(version, { settings });
    clusters.set(version, cluster);
    const { url } = await createDatabase(cluster);
    urls.set(version, url);
    const client = await session(version);
    for (const sql of schema.split(/;\n/)) await client.query(sql);
    await client.query("create unique index concurrently pairs_a on pairs (a)").catch(() => undefined);
    await client.query("select pg_create_physical_replication_slot('forgotten', true)");
    await client.query("begin; insert into pairs values (2); prepare transaction 'half'");
    await client.query("select pg_stat_force_next_flush()").catch(() => undefined);
    await client.end();
  }
}, 120_000);

afterAll(async () => {
  await Promise.all([...clusters.values()].map((cluster) => cluster.stop()));
  await rm(folder, { recursive: true });
});

async function session(version: Major): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: urls.get(version) ?? "" });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

const healthOf = (version: Major): Promise<Health> =>
  readDatabase(urls.get(version) ?? "", async (_, database) => readHealth(database, await readSettings(database)));

const judge = (health: Health) => run(Object.values(healthRules).flat(), health, Math.floor(health.versionNumber / 10_000));
const rulesIn = (health: Health) => [...new Set(judge(health).map(({ rule }) => rule.replace("health/", "")))].sort();

const tried = versions.filter(isInstalled);

test.each(tried)("PostgreSQL %i that nobody looks after is told what threatens it, each with a fix or a next call", async (version) => {
  await sleep(300);
  const client = await connect({ environment: { DATABASE_URL: urls.get(version) ?? "" } });
  const answer = await client.callTool({ name: "check_health", arguments: {} });
  expect(answer.isError, textOf(answer)).toBeFalsy();
  const { findings } = answer.structuredContent as unknown as {
    findings: { rule: string; next: string; fix?: string; evidence?: object }[];
  };
  const rules = new Set(findings.map(({ rule }) => rule));
  for (const rule of [
    "health/archiving-failing",
    "health/autovacuum-off",
    "health/dead-tuples",
    "health/durability-off",
    "health/replication-slot-inactive",
    "health/settings-timeouts-missing",
    "health/table-bloat",
    "schema/invalid-index",
    "schema/sequence-near-exhaustion",
  ])
    expect([...rules], rule).toContain(rule);
  expect(findings.filter(({ next }) => !next)).toEqual([]);
  expect(findings.filter(({ rule, evidence }) => rule.startsWith("health/") && !(evidence && "source" in evidence))).toEqual([]);
  expect(textOf(answer).length / 4).toBeLessThanOrEqual(1500);
});

test.each(tried)("the estimate of bloat is within a fifth of what a packed copy of one table takes on PostgreSQL %i", async (version) => {
  const { bloat } = await healthOf(version);
  const found = bloat.find(({ name }) => name === "visits");
  const client = await session(version);
  await client.query("create table packed as select * from visits");
  const { rows } = await client.query<{ bytes: string }>("select pg_relation_size('packed') as bytes");
  await client.query("drop table packed");
  await client.end();
  const real = Number(rows[0]?.bytes);
  expect(Math.abs((found?.needed ?? 0) - real) / real).toBeLessThan(0.2);
  expect(found?.bytes).toBeGreaterThan(3 * real);
});

test.each(tried)(
  "an index that deletions emptied is told with what builds it anew, and one that is packed is not, on PostgreSQL %i",
  async (version) => {
    const client = await session(version);
    onTestFinished(async () => {
      await client.query("drop table entries");
      await client.end();
    });
    await client.query("create table entries (id bigint primary key, kind text, at timestamptz) with (autovacuum_enabled = off)");
    await client.query(
      "insert into entries select i, 'kind ' || i, now() - i * interval '1 s' from generate_series(1, 500000) i; create index entries_kind on entries (lower(kind), at)",
    );
    await client.query("delete from entries where id % 5 <> 0");
    await client.query("vacuum (analyze) entries");
    const found = async () => judge(await healthOf(version)).filter(({ rule }) => rule === "health/index-bloat");
    const findings = await found();
    expect(findings.map(({ object }) => object)).toEqual(["entries_kind", "entries_pkey"]);
    const told = new Map((await healthOf(version)).indexBloat.map(({ name, needed }) => [name, needed]));
    const built = async (name: string) =>
      Number((await client.query<{ bytes: string }>("select pg_relation_size($1::regclass) as bytes", [name])).rows[0]?.bytes);
    for (const { object = "", fix = "" } of findings) {
      await client.query(fix);
      expect(Math.abs((told.get(object) ?? 0) - (await built(object))) / (await built(object)), object).toBeLessThan(0.2);
    }
    expect(await found()).toEqual([]);
  },
);

test.each(tried)(
  "a session that waits for another's lock, and the one that is idle meanwhile, are named on PostgreSQL %i",
  async (version) => {
    const [holder, waiter] = [await session(version), await session(version)];
    await holder.query("begin; lock table orders in access exclusive mode");
    const { rows } = await holder.query<{ pid: number }>("select pg_backend_pid() as pid");
    const waiting = waiter.query("select count(*) from orders").catch(() => undefined);
    onTestFinished(async () => {
      await holder.end();
      await waiting;
      await waiter.end();
    });
    let health = await healthOf(version);
    for (let turn = 0; turn < 100 && !health.blocked.some(({ waits, patience }) => waits >= patience); turn++) {
      await sleep(50);
      health = await healthOf(version);
    }
    const blocked = judge(health).find(({ rule }) => rule === "health/blocked-sessions");
    expect(blocked?.message).toContain(`session ${rows[0]?.pid}`);
    const client = await connect({ environment: { DATABASE_URL: urls.get(version) ?? "" } });
    const answer = await client.callTool({ name: "check_health", arguments: {} });
    expect(answer.isError, textOf(answer)).toBeFalsy();
    expect(textOf(answer)).toMatch(
      /health\/blocked-sessions[\s\S]*rules of indexes, sequences, versions: A table that this needs is locked/,
    );
    // Nobody sits idle for minutes in a test: the same sessions, told as they are ten minutes later.
    const later = { ...health, transactions: health.transactions.map((each) => ({ ...each, age: (each.age ?? 0) + 600 })) };
    expect(rulesIn(health)).not.toContain("idle-in-transaction");
    expect(judge(later).find(({ rule }) => rule === "health/idle-in-transaction")?.object).toBe(String(rows[0]?.pid));
    expect(judge(later).find(({ rule }) => rule === "health/prepared-xacts")?.fix).toBe("rollback prepared 'half';");
  },
);

test.each(tried)("connections that are almost all taken are counted on PostgreSQL %i", async (version) => {
  const taken = await Promise.all(Array.from({ length: 14 }, () => session(version)));
  onTestFinished(async () => {
    await Promise.all(taken.map((client) => client.end()));
  });
  const [finding] = judge(await healthOf(version)).filter(({ rule }) => rule === "health/connection-saturation");
  expect(finding?.evidence).toMatchObject({ most: 17, source: "pg_stat_activity" });
});

test.each(tried)("transactions beyond the age at which freezing is forced are told on PostgreSQL %i", async (version) => {
  const client = await session(version);
  await client.query("do $$ begin for i in 1..130000 loop perform pg_current_xact_id(); commit; end loop; end $$");
  await client.end();
  // The prepared transaction keeps every table from being frozen past it.
  const found = judge(await healthOf(version)).filter(({ rule }) => rule === "health/wraparound-risk");
  expect(found.map(({ evidence }) => evidence?.source)).toContain("pg_database");
});

test.each(tried)("a role that may nothing but log in is told what it cannot see, with the grant, on PostgreSQL %i", async (version) => {
  const owner = await session(version);
  onTestFinished(() => owner.end());
  await owner.query("create role plain login password 'plain'");
  const url = Object.assign(new URL(urls.get(version) ?? ""), { username: "plain", password: "plain" }).href;
  const client = await connect({ environment: { DATABASE_URL: url } });
  const answer = await client.callTool({ name: "check_health", arguments: { checks: ["connections", "transactions", "replication"] } });
  expect(answer.isError, textOf(answer)).toBeFalsy();
  expect(textOf(answer)).toMatch(/what \d+ sessions of other roles do: grant pg_read_all_stats to plain;/);
});

test.each(tried)("rates since a snapshot are told per day, and a snapshot itself answers what it has of PostgreSQL %i", async (version) => {
  const url = urls.get(version) ?? "";
  const file = join(folder, `${version}.json`);
  const taken = await readDatabase(url, (_, database) => recordSnapshot(database, { product: "1", values: false, statement: undefined }));
  // As if it had been written a day ago: of less than an hour no day is made.
  const aged = (taken.rows.get("server counters") ?? []).map((row) => ({ ...row, now: new Date(Date.now() - 86_400_000).toISOString() }));
  await writeFile(file, renderSnapshot({ ...taken, rows: new Map([...taken.rows, ["server counters", aged]]) }));
  const worker = await session(version);
  for (let turn = 0; turn < 50; turn++) await worker.query("select 1");
  await worker.end();
  await sleep(300);
  const live = await connect({ environment: { DATABASE_URL: url } });
  const answer = await live.callTool({ name: "check_health", arguments: { since: file, checks: ["io"] } });
  expect(answer.structuredContent).toMatchObject({ rates: expect.arrayContaining([expect.objectContaining({ counter: "commits" })]) });
  const asked = await connect({ environment: { BACKEND_DB_MCP_SNAPSHOT: file } });
  const fromFile = await asked.callTool({ name: "check_health", arguments: {} });
  expect(textOf(fromFile)).toContain("vacuum (of one moment: a snapshot keeps nothing of it)");
  expect(textOf(fromFile)).toContain("schema/sequence-near-exhaustion");
});
