import type { Client } from "@modelcontextprotocol/client";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, createDatabase, startCluster } from "../postgres/server.ts";
import { connectOnce } from "../tools/client.ts";

/** As a server runs that must survive a crash, with less memory than its tables have, so that each block is really read. */
const settings = {
  full_page_writes: "on",
  wal_level: "replica",
  shared_buffers: "2MB",
  max_wal_size: "4GB",
  autovacuum: "off",
  max_parallel_maintenance_workers: "0",
  max_parallel_workers_per_gather: "0",
};

const schema = `
  create table parents (id int primary key);
  insert into parents select generate_series(1, 1000);
  create table orders (id bigint, customer int, parent_id int not null, note text, placed timestamptz);
  alter table orders alter customer set statistics 1000, alter note set statistics 1000;
  insert into orders select i, i % 100, 1 + i % 1000, md5(i::text) || md5((i + 1)::text), now() - i * interval '1 second'
    from generate_series(1, 50000) i;
  alter table orders add primary key (id);
  create index orders_note on orders (note);
  create table documents (id int primary key, body text, seen int);
  alter table documents alter body set storage external;
  insert into documents select i, repeat(md5(i::text), 200), i from generate_series(1, 2000) i;
  create table events (id int, kind text);
  create unlogged table drafts as select * from orders;
  create materialized view latest as select * from drafts;
  create index latest_customer on latest (customer)`;

const versions = [15, 18] as const;
const clusters: Cluster[] = [];
const servers = new Map<number, { readonly runs: pg.Client; readonly looks: pg.Client; readonly asks: Client }>();

beforeAll(async () => {
  for (const version of versions) {
    const cluster = await startCluster(version, { settings });
    clusters.push(cluster);
    const { url } = await createDatabase(cluster, schema);
    const [runs, looks] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })];
    await Promise.all([runs.connect(), looks.connect()]);
    await runs.query("vacuum (freeze, analyze)");
    servers.set(version, { runs, looks, asks: (await connectOnce(url)) as Client });
  }
}, 60_000);

afterAll(async () => {
  for (const { runs, looks } of servers.values()) await Promise.all([runs.end(), looks.end()]);
  for (const cluster of clusters) await cluster.stop();
});

const serverOf = (version: number) => {
  const server = servers.get(version);
  if (!server) throw new Error(`no PostgreSQL ${version}`);
  return server;
};

interface Work {
  readonly read_bytes?: number;
  readonly written_bytes?: number;
  readonly wal_bytes?: number;
  readonly extra_disk_bytes?: number;
  readonly seconds?: { readonly from: number; readonly to: number };
}

interface Told {
  readonly statements: readonly { readonly work?: Work }[];
  readonly checklist: readonly { readonly item: string; readonly done: boolean | "unknown"; readonly evidence: string }[];
}

async function asked(sql: string): Promise<Told> {
  const answer = await serverOf(18).asks.callTool({ name: "migration_checklist", arguments: { sql } });
  return answer.structuredContent as unknown as Told;
}

const figures = `
  select pg_current_wal_insert_lsn() - '0/0' as wal, pg_database_size(current_database()) as disk,
         (select blks_read * 8192 from pg_stat_database where datname = current_database()) as read`;

/** What the statement does there, and whether it stays. */
async function measured(version: number, { sql, stays }: { readonly sql: string; readonly stays: boolean }) {
  const { runs, looks } = serverOf(version);
  const look = async () => {
    await runs.query("select pg_stat_force_next_flush()");
    const { rows } = await looks.query<{ wal: string; disk: string; read: string }>(figures);
    return { wal: Number(rows[0]?.wal), disk: Number(rows[0]?.disk), read: Number(rows[0]?.read) };
  };
  await runs.query("checkpoint");
  const before = await look();
  if (!stays) await runs.query("begin");
  await runs.query(sql);
  const { disk } = await look();
  await runs.query(stays ? "select" : "rollback");
  const after = await look();
  return { read: after.read - before.read, wal: after.wal - before.wal, disk: disk - before.disk };
}

/** What is told is right within this factor, and within so many bytes, which the catalog takes. */
const FACTOR = 1.5;
const CATALOG = 1_000_000;

const isNear = (told: number | undefined, real: number) =>
  told !== undefined && told <= FACTOR * real + CATALOG && real <= FACTOR * told + CATALOG;

interface How {
  /** It cannot be taken back, or would leave no room to see what follows. */
  readonly stays?: true;
  /** What nobody can tell before. */
  readonly unknown?: readonly Part[];
  /** What is gone before it could be measured. */
  readonly unseen?: readonly Part[];
}

type Part = "read" | "wal" | "disk";
const parts: readonly Part[] = ["read", "wal", "disk"];

const statements: readonly (readonly [sql: string, how?: How])[] = [
  ["create index on orders (placed)"],
  ["create index on orders (customer)"],
  ["create unique index on orders (note, id)"],
  ["create index on orders (placed) where id < 15000"],
  ["create index on documents (md5(body))"],
  ["reindex table orders"],
  ["alter table orders alter customer type bigint"],
  ["alter table orders add u double precision default random()"],
  ["alter table orders alter customer set not null"],
  ["alter table orders add check (customer >= 0)"],
  ["alter table orders add foreign key (parent_id) references parents"],
  ["alter table orders add unique (placed)"],
  ["alter table documents alter seen type bigint"],
  ["alter table documents alter body set not null"],
  ["alter table drafts set logged"],
  ["alter table orders set unlogged"],
  ["cluster orders using orders_pkey"],
  ["refresh materialized view latest"],
  ["delete from orders"],
  ["delete from documents"],
  ["vacuum full orders", { stays: true, unseen: ["disk"] }],
  ["create index concurrently on orders (placed)", { stays: true }],
  // Entries of an index are all over it, and this server has no memory for it.
  ["update orders set customer = customer + 1", { unknown: ["read"] }],
  ["insert into events select id, note from drafts", { unknown: parts }],
];

test("PostgreSQL 15 and 18 read, write and log within a factor of what was told of 18 before", async () => {
  const wrong: unknown[] = [];
  for (const [sql, how = {}] of statements) {
    const { unknown = [], unseen = [] } = how;
    const work = (await asked(sql)).statements[0]?.work ?? {};
    const told = { read: work.read_bytes, wal: work.wal_bytes, disk: work.extra_disk_bytes };
    expect(unknown.filter((part) => told[part] !== undefined)).toEqual([]);
    const seen = parts.filter((part) => !unknown.includes(part) && !unseen.includes(part));
    const servers = await Promise.all(versions.map((version) => measured(version, { sql, stays: how.stays ?? false })));
    for (const real of servers) if (!seen.every((part) => isNear(told[part], real[part]))) wrong.push({ sql, told, real });
  }
  expect(wrong).toEqual([]);
}, 120_000);
