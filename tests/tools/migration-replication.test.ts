import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, createDatabase, startCluster, startStandby } from "../postgres/server.ts";
import { connectOnce } from "./client.ts";

const versions = [15, 18] as const;
const clusters: Cluster[] = [];
const clients: pg.Client[] = [];

const access = ["host replication all 127.0.0.1/32 trust", "local all all scram-sha-256", "host all all 127.0.0.1/32 scram-sha-256"];

/** Its server gives slots up after 96 MB, and its standby waits a moment for its queries. */
const settings = {
  wal_level: "logical",
  full_page_writes: "on",
  max_slot_wal_keep_size: "96MB",
  max_wal_size: "48MB",
  wal_keep_size: "96MB",
  max_standby_streaming_delay: "200ms",
  autovacuum: "off",
};

const schema = `
  create table orders (id bigint primary key, customer int not null, note text);
  insert into orders select i, i % 10, repeat('x', 200) from generate_series(1, 60000) i;
  create table customers (id int primary key);
  create unlogged table drafts (id int primary key);
  analyze`;

interface Server {
  readonly url: string;
  readonly primary: pg.Client;
  readonly standby: pg.Client;
  /** On the standby as well. */
  readonly reader: pg.Client;
}
const servers = new Map<number, Server>();

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  clients.push(client);
  return client;
}

beforeAll(async () => {
  for (const version of versions) {
    const cluster = await startCluster(version, { settings, access });
    clusters.push(cluster);
    const { url } = await createDatabase(cluster, schema);
    const follower = await startStandby(cluster);
    clusters.push(follower);
    const there = follower.url(new URL(url).pathname.slice(1));
    servers.set(version, { url, primary: await connected(url), standby: await connected(there), reader: await connected(there) });
  }
}, 90_000);

afterAll(async () => {
  for (const client of clients) await client.end();
  for (const cluster of clusters.reverse()) await cluster.stop();
});

function serverOf(version: number): Server {
  const server = servers.get(version);
  if (!server) throw new Error(`no PostgreSQL ${version}`);
  return server;
}

interface Told {
  readonly findings: readonly { readonly rule: string; readonly severity: string; readonly message: string; readonly object?: string }[];
}

async function found(version: number, sql: string, rule: string) {
  const answer = await (await connectOnce(serverOf(version).url)).callTool({ name: "migration_checklist", arguments: { sql } });
  return (answer.structuredContent as unknown as Told).findings.filter((finding) => finding.rule === `migration/${rule}`);
}

const caughtUp = async ({ primary, standby }: Server) => {
  const { rows } = await primary.query<{ lsn: string }>("select pg_current_wal_insert_lsn() as lsn");
  for (;;) {
    const { rows: done } = await standby.query<{ there: boolean }>("select pg_last_wal_replay_lsn() >= $1::pg_lsn as there", [
      rows[0]?.lsn,
    ]);
    if (done[0]?.there) return;
  }
};

const rewrite = "alter table orders alter customer type bigint";

test.each(versions)("PostgreSQL %i cancels a standby's query, as was told before", async (version) => {
  const server = serverOf(version);
  await caughtUp(server);
  expect(await found(version, rewrite, "standby-conflict")).toEqual([
    expect.objectContaining({
      severity: "warning",
      object: "orders",
      message:
        "A query that reads orders on a standby (walreceiver) when this lock arrives there holds up the replay of everything until max_standby_streaming_delay, and is then cancelled; later ones wait until this transaction has ended.",
    }),
  ]);
  const reading = server.reader.query("select pg_sleep(60) from orders limit 1").then(
    () => "",
    (error: { readonly code?: string }) => error.code,
  );
  for (;;) {
    const { rowCount } = await server.standby.query(
      "select from pg_locks where relation = 'orders'::regclass and mode = 'AccessShareLock'",
    );
    if (rowCount) break;
  }
  await server.primary.query(`begin; ${rewrite}; rollback`);
  const code = await reading;
  expect(code).toBe("40001");
});

test.each(versions)("PostgreSQL %i: where no lock reaches the standby, nothing is told of it", async (version) => {
  const silent = [
    "create index concurrently on orders (customer)",
    "create index on orders (customer)",
    "alter table drafts add column note text",
    "create table fresh (id int primary key)",
  ];
  for (const sql of silent) expect(await found(version, sql, "standby-conflict")).toEqual([]);
});

test("a change of the catalog alone is worth knowing, and told once in a transaction", async () => {
  const twice = "begin; alter table orders add column a int; alter table orders add column b int; commit";
  expect(await found(18, twice, "standby-conflict")).toEqual([expect.objectContaining({ severity: "info", object: "orders" })]);
});

test.each(versions)("PostgreSQL %i: a slot that nobody reads keeps what a rewrite writes, and is lost with too much", async (version) => {
  const { primary } = serverOf(version);
  expect(await found(version, rewrite, "replication-slot-wal")).toEqual([]);
  await primary.query("select pg_create_physical_replication_slot('away', true)");
  const size = "select pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) as kept, wal_status as status from pg_replication_slots";
  const slot = async () => (await primary.query<{ kept: string; status: string }>(`${size} where slot_name = 'away'`)).rows[0];

  const [finding, ...others] = await found(version, rewrite, "replication-slot-wal");
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    severity: "warning",
    object: "away",
    message: expect.stringMatching(
      /^This writes about \d+ MB of WAL, and the physical replication slot away, which nobody reads now, keeps \d+ MB already: until it is read or dropped, that stays on disk\.$/,
    ),
  });
  const told = Number(/about (\d+) MB/.exec(finding?.message ?? "")?.[1]) * 1024 * 1024;
  const before = Number((await slot())?.kept);
  await primary.query(rewrite);
  const kept = Number((await slot())?.kept) - before;
  expect(kept / told).toBeGreaterThan(1 / 1.5);
  expect(kept / told).toBeLessThan(1.5);

  await primary.query("insert into orders select i, 1, repeat('y', 200) from generate_series(100000, 290000) i; analyze orders");
  const again = "alter table orders alter customer type int";
  expect(await found(version, again, "replication-slot-wal")).toEqual([
    expect.objectContaining({
      severity: "error",
      message: expect.stringMatching(
        /: more than max_slot_wal_keep_size leaves it, so that the server gives the slot up and who reads it starts anew\.$/,
      ),
    }),
  ]);
  await primary.query(again);
  await primary.query("checkpoint");
  expect(await slot()).toMatchObject({ status: "lost" });
  expect(await found(version, rewrite, "replication-slot-wal")).toEqual([]);
  await primary.query("select pg_drop_replication_slot('away')");
});
