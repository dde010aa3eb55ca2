import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, createDatabase, startCluster } from "../postgres/server.ts";
import { connectOnce } from "./client.ts";

const versions = [15, 18] as const;
const clusters = new Map<number, Cluster>();
const urls = new Map<number, string>();
const sessions: pg.Client[] = [];

const schema = `
  create table orders (id int primary key, customer_id int not null);
  create table customers (id int primary key);
  create table idle (id int primary key);
  insert into orders select i, i % 10 from generate_series(1, 200000) i;
  create role plain login password 'plain';
  grant select on all tables in schema public to plain;
  analyze`;

beforeAll(async () => {
  for (const version of versions) {
    const cluster = await startCluster(version, { settings: { max_prepared_transactions: "2" } });
    clusters.set(version, cluster);
    const { url } = await createDatabase(cluster, schema);
    urls.set(version, url);
    const [reader, writer, older] = await Promise.all(["reader", "writer", "older"].map((name) => session(url, name)));
    await reader?.query("begin; select count(*) from orders");
    await writer?.query("begin; insert into customers values (1); prepare transaction 'half'");
    await older?.query("begin isolation level repeatable read; select count(*) from idle");
  }
  await sleep(1200);
}, 60_000);

afterAll(async () => {
  for (const client of sessions) await client.end();
  for (const cluster of clusters.values()) await cluster.stop();
});

async function session(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name });
  await client.connect();
  sessions.push(client);
  return client;
}

interface Told {
  readonly findings: readonly { readonly rule: string; readonly severity: string; readonly message: string }[];
}

const live = ["migration/lock-queue-now", "migration/concurrent-index-long-transaction"];

async function now(url: string, sql: string) {
  const answer = await (await connectOnce(url)).callTool({ name: "migration_checklist", arguments: { sql } });
  return (answer.structuredContent as unknown as Told).findings.filter(({ rule }) => live.includes(rule));
}

/** Whether the server would keep it waiting. */
async function waits(url: string, sql: string): Promise<boolean> {
  const client = await session(url, "migration");
  await client.query("set lock_timeout = 300");
  const code = await client.query(sql).then(
    () => "",
    (error: { readonly code?: string }) => error.code,
  );
  return code === "55P03";
}

const pid = String.raw`pid \d+`;
const cases: readonly [sql: string, rule: string, severity: string, message: RegExp][] = [
  [
    "alter table orders add column note text",
    "migration/lock-queue-now",
    "error",
    new RegExp(
      `^Run now, this would wait: ${pid} \\(reader, idle in transaction for \\d+ s\\) holds ACCESS SHARE on orders, and every query on it that comes later waits behind this statement\\.$`,
    ),
  ],
  [
    "create index on customers (id)",
    "migration/lock-queue-now",
    "error",
    /^Run now, this would wait: a prepared transaction \(half, prepared for \d+ s\) holds ROW EXCLUSIVE on customers, and every write to it that comes later waits behind this statement\.$/,
  ],
  [
    "create index concurrently on orders (customer_id)",
    "migration/concurrent-index-long-transaction",
    "warning",
    /^Run now, CONCURRENTLY would wait for .*: it ends only once every transaction that is older has ended/,
  ],
];

test.each(versions.flatMap((version) => cases.map((each) => [version, ...each] as const)))(
  "PostgreSQL %i, now: %s waits, and for whom",
  async (version, sql, rule, severity, message) => {
    const url = urls.get(version) ?? "";
    expect(await now(url, sql)).toEqual([expect.objectContaining({ rule, severity, message: expect.stringMatching(message) })]);
    expect(await waits(url, sql)).toBe(true);
  },
);

test.each(versions)("PostgreSQL %i: a statement that no open transaction keeps waiting has nothing to wait for", async (version) => {
  const url = urls.get(version) ?? "";
  for (const sql of ["create table fresh (id int primary key)", "create index on orders (customer_id)"]) {
    expect(await now(url, sql)).toEqual([]);
    expect(await waits(url, sql)).toBe(false);
  }
});

test("with a lock_timeout it gives up, and is a warning", async () => {
  const [finding, ...more] = await now(urls.get(18) ?? "", "set lock_timeout = '2s'; alter table orders add column note text");
  expect(more).toEqual([]);
  expect(finding).toMatchObject({ severity: "warning", message: expect.stringMatching(/, and after 2 s the statement gives up\.$/) });
});

test("a role that may not see others' transactions is told that somebody holds the table, and not since when", async () => {
  const url = new URL(urls.get(18) ?? "");
  url.username = "plain";
  url.password = "plain";
  const [finding] = await now(url.href, "alter table orders add column note text");
  expect(finding?.message).toMatch(/^Run now, this would wait: pid \d+ \(.*open\) holds ACCESS SHARE on orders/);
});
