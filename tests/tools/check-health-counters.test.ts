import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Health, readHealth } from "../../src/catalog/health.ts";
import { readSettings } from "../../src/catalog/settings.ts";
import { healthRules } from "../../src/rules/health-rules.ts";
import { run } from "../../src/rules/rule.ts";
import { hasPgBouncer, startPooler } from "../postgres/pgbouncer.ts";
import { type Cluster, createDatabase, startCluster, startStandby, type Version } from "../postgres/server.ts";
import { readDatabase } from "../twin/twin.ts";
import { connect, textOf } from "./client.ts";

/** Autovacuum is on, and comes once in three weeks; less than a tenth of a table fits into memory. */
const settings = { autovacuum_naptime: "2147483", shared_buffers: "1MB", max_connections: "20", wal_keep_size: "1GB" };
const access = ["host all all 127.0.0.1/32 scram-sha-256", "host replication all 127.0.0.1/32 scram-sha-256"];

const schema = `
  create table orders (id int primary key, note text);
  insert into orders select i, repeat('x', 200) from generate_series(1, 60000) i;
  create table quiet (id int primary key, note text) with (autovacuum_enabled = off);
  insert into quiet select i, repeat('x', 200) from generate_series(1, 3000) i;
  vacuum analyze;
  delete from orders where id % 2 = 0;
  delete from quiet where id % 2 = 0;
  delete from orders where id between 30000 and 30100;`;

const versions: readonly Version[] = [15, 18];
const clusters = new Map<Version, Cluster>();
const urls = new Map<Version, string>();

beforeAll(async () => {
  for (const version of versions) {
    const cluster = await startCluster(version, { settings, access });
    clusters.set(version, cluster);
    urls.set(version, (await createDatabase(cluster)).url);
    const client = await session(version);
    for (const sql of schema.split(/;\n/)) await client.query(sql);
    await client.end();
  }
}, 120_000);

afterAll(async () => {
  await Promise.all([...clusters.values()].map((cluster) => cluster.stop()));
});

async function session(version: Version): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: urls.get(version) ?? "" });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

const healthOf = (version: Version): Promise<Health> =>
  readDatabase(urls.get(version) ?? "", async (_, database) => readHealth(database, await readSettings(database)));

const judge = (health: Health) => run(Object.values(healthRules).flat(), health, Math.floor(health.versionNumber / 10_000));
const found = (health: Health, rule: string) => judge(health).filter((finding) => finding.rule === `health/${rule}`);

/** Counters reach the server a second after the statement, and some when its session ends. */
async function until(version: Version, isSo: (health: Health) => boolean): Promise<Health> {
  for (let turn = 0; turn < 100; turn++) {
    const health = await healthOf(version);
    if (isSo(health)) return health;
    await sleep(100);
  }
  throw new Error("The counters did not come.");
}

test.each(versions)(
  "a table that autovacuum should have come to is told on PostgreSQL %i, one that it never comes to is not",
  async (version) => {
    const health = await until(version, ({ deadRows }) => deadRows.some(({ name, dead }) => name === "orders" && dead > 30_000));
    expect(found(health, "autovacuum-falling-behind")).toMatchObject([
      {
        object: "orders",
        message: expect.stringMatching(/30,050 dead rows .* should have come at 12,050/),
        fix: "vacuum (analyze) orders;",
        evidence: { threshold: 12_050 },
      },
    ]);
    const client = await session(version);
    await client.query("vacuum (analyze) orders");
    await client.end();
    const after = await until(version, ({ deadRows }) => !deadRows.some(({ name, dead }) => name === "orders" && dead > 0));
    expect(found(after, "autovacuum-falling-behind")).toEqual([]);
  },
);

test.each(versions)(
  "a statement that has run for an hour is told on PostgreSQL %i, and what waits for its client is not",
  async (version) => {
    const [busy, idle] = [await session(version), await session(version)];
    const { rows } = await busy.query<{ pid: number }>("select pg_backend_pid() as pid");
    const sleeping = busy.query("select pg_sleep(60)").catch(() => undefined);
    await idle.query("begin isolation level repeatable read; select 1");
    onTestFinished(async () => {
      await idle.query("rollback");
      await idle.query("select pg_cancel_backend($1)", [rows[0]?.pid]);
      await sleeping;
      await Promise.all([busy.end(), idle.end()]);
    });
    const health = await healthOf(version);
    expect(found(health, "long-transaction")).toEqual([]);
    // Nobody waits an hour in a test: the same sessions, told as they are then.
    const later = { ...health, transactions: health.transactions.map((each) => ({ ...each, age: (each.age ?? 0) + 3600 })) };
    expect(found(later, "long-transaction").map(({ object }) => object)).toEqual([String(rows[0]?.pid)]);
  },
);

test.each(versions)("reads that shared buffers seldom answer are told on PostgreSQL %i, from a million on", async (version) => {
  const before = (await healthOf(version)).counters?.reads ?? 0;
  const client = await session(version);
  const { rows } = await client.query<{ pages: number }>("select (pg_relation_size('orders') / 8192)::int as pages");
  const pages = rows[0]?.pages ?? 0;
  // More than fits into memory: each scan reads nearly all of it anew.
  await client.query("do $$ begin for n in 1..10 loop perform count(note) from orders; end loop; end $$");
  await client.end();
  const health = await until(version, ({ counters }) => (counters?.reads ?? 0) > before + 9 * pages);
  expect(found(health, "cache-hit-rate")).toEqual([]);
  // Nobody reads a million blocks in a test: the same server, told as it is when it has read a hundred times as much.
  const { hits, reads } = { hits: 100 * pages, reads: (health.counters?.reads ?? 0) * 100 };
  const later = { ...health, counters: health.counters && { ...health.counters, hits, reads } };
  expect(found(later, "cache-hit-rate")[0]?.message).toMatch(new RegExp(`^${Math.floor((100 * hits) / (hits + reads))} % of `));
});

test("what clients write out of shared buffers is counted from PostgreSQL 16 on", async () => {
  expect((await healthOf(15)).counters).toMatchObject({ clientWrites: undefined, allWrites: undefined });
  const client = await session(18);
  await client.query("update orders set note = note || 'y'");
  await client.end();
  // With a megabyte of shared buffers the session has to make room for itself, and the load before it did too.
  const health = await until(18, ({ counters }) => (counters?.clientWrites ?? 0) > 1000);
  const { clientWrites = 0, allWrites = 0 } = health.counters ?? {};
  expect(allWrites).toBeGreaterThanOrEqual(clientWrites);
  expect(found(health, "backend-writes")).toEqual([]);
  const later = (client: number, all: number) => ({
    ...health,
    counters: health.counters && { ...health.counters, clientWrites: client, allWrites: all },
  });
  expect(found(later(120_000, 200_000), "backend-writes")).toMatchObject([
    { severity: "info", message: expect.stringMatching(/^120,000 of 200,000 writes out of shared buffers/) },
  ]);
  expect(found(later(90_000, 200_000), "backend-writes")).toEqual([]);
});

test.each(versions)("connections that do nothing are told with what would do on PostgreSQL %i", async (version) => {
  const client = await session(version);
  await client.query("select pg_sleep(0.3)");
  await client.query("begin");
  await sleep(200);
  await client.query("commit");
  await sleep(400);
  await client.end();
  const health = await until(version, ({ counters }) => (counters?.heldMs ?? 0) >= 200);
  const { connectedMs, busyMs, heldMs } = health.counters ?? { connectedMs: 0, busyMs: 0, heldMs: 0 };
  expect(busyMs).toBeGreaterThanOrEqual(300);
  expect(connectedMs).toBeGreaterThanOrEqual(busyMs + heldMs);
  expect(found(health, "connections-mostly-idle")).toEqual([]);
  // Nobody is connected for days in a test: the same server, told as it is after them.
  const after = (busy: number, used: number) => ({
    ...health,
    sessions: health.sessions && { ...health.sessions, used },
    counters: health.counters && { ...health.counters, connectedMs: 100 * 86_400_000, busyMs: busy * 86_400_000, heldMs: 0 },
  });
  expect(found(after(2, 80), "connections-mostly-idle")[0]?.message).toMatch(
    /for 2\.0 % of the time .* on average 2 of the 80 connections/,
  );
  expect(found(after(2, 19), "connections-mostly-idle")).toEqual([]);
  expect(found(after(20, 80), "connections-mostly-idle")).toEqual([]);
});

test.each(versions)("checkpoints that came before their time are told on PostgreSQL %i, and the fix is taken", async (version) => {
  expect(found(await healthOf(version), "checkpoints-requested")).toEqual([]);
  const client = await session(version);
  for (let turn = 0; turn < 25; turn++) {
    await client.query("select pg_logical_emit_message(true, 'x', 'y')");
    await client.query("checkpoint");
  }
  const health = await until(version, ({ counters }) => (counters?.checkpointsRequested ?? 0) >= 25);
  const [finding] = found(health, "checkpoints-requested");
  expect(finding).toMatchObject({ fix: expect.stringContaining("max_wal_size = '512MB'"), evidence: { max_wal_size_mb: 256 } });
  const setting = async () =>
    (await client.query("select setting from pg_file_settings where name = 'max_wal_size' and sourcefile like '%auto.conf'")).rows;
  for (const statement of finding?.fix?.split("\n") ?? []) await client.query(statement);
  expect(await setting()).toEqual([{ setting: "512MB" }]);
  for (const statement of finding?.undo?.split("\n") ?? []) await client.query(statement);
  expect(await setting()).toEqual([]);
  await client.end();
});

test.each(versions)("checksums are off where nobody asked for them before 18: PostgreSQL %i", async (version) => {
  expect(found(await healthOf(version), "checksums-off")).toHaveLength(version < 18 ? 1 : 0);
});

test.each(versions)("a standby that has much to replay is told on PostgreSQL %i, until it has caught up", async (version) => {
  const cluster = clusters.get(version);
  if (!cluster) throw new Error("no cluster");
  const standby = await startStandby(cluster);
  const there = new pg.Client({ connectionString: standby.url() });
  await there.connect();
  const client = await session(version);
  onTestFinished(async () => {
    await Promise.all([client.end(), there.end()]);
    await standby.stop();
  });
  await until(version, ({ followers }) => followers.some(({ kind, state }) => kind === "standby" && state === "streaming"));
  await there.query("select pg_wal_replay_pause()");
  await client.query("select pg_logical_emit_message(false, 'x', repeat('y', 1000000)) from generate_series(1, 300)");
  const behind = await healthOf(version);
  expect(found(behind, "standby-lag")).toMatchObject([
    { message: expect.stringMatching(/has (?:2[6-9]\d|3\d\d)(?:\.\d)? MB of WAL to replay yet/) },
  ]);
  await there.query("select pg_wal_replay_resume()");
  await until(version, (health) => found(health, "standby-lag").length === 0);
});

test.skipIf(!hasPgBouncer).each(versions)("PostgreSQL %i is examined through PgBouncer as it is without", async (version) => {
  const url = urls.get(version) ?? "";
  const owner = await session(version);
  await owner.query("create role watcher login password 'w' in role pg_monitor");
  await owner.end();
  const { port } = new URL(url);
  const pooler = await startPooler({ port: Number(port), users: { watcher: "w" }, settings: { ignore_startup_parameters: "options" } });
  onTestFinished(() => pooler.stop());
  const direct = Object.assign(new URL(url), { username: "watcher", password: "w" });
  const pooled = Object.assign(new URL(direct), { port: pooler.port });
  const rulesAt = async ({ href }: URL) => {
    const client = await connect({ environment: { DATABASE_URL: href } });
    const answer = await client.callTool({ name: "check_health", arguments: {} });
    expect(answer.isError, textOf(answer)).toBeFalsy();
    const { findings } = answer.structuredContent as { findings: readonly { rule: string; object?: string }[] };
    return findings.map(({ rule, object }) => `${rule} ${object ?? ""}`).sort();
  };
  const expected = await rulesAt(direct);
  expect(expected.length).toBeGreaterThan(2);
  expect(await rulesAt(pooled)).toEqual(expected);
});
