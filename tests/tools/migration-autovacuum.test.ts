import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, createDatabase, startCluster } from "../postgres/server.ts";
import { connectOnce } from "./client.ts";

const versions = [15, 18] as const;
const clusters: Cluster[] = [];
const clients: pg.Client[] = [];
const servers = new Map<number, { readonly url: string; readonly looks: pg.Client }>();

/** Vacuumed so slowly that the vacuum is still there when somebody looks: one because its rows are old, one because many are dead. */
const schema = `
  create table orders (id int, note text) with (autovacuum_enabled = off, autovacuum_freeze_max_age = 100000, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
  create table drafts (id int, note text) with (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
  insert into orders select i, repeat('x', 500) from generate_series(1, 20000) i;
  insert into drafts select i, repeat('x', 500) from generate_series(1, 20000) i`;

const running = `
  select count(*)::int as number from pg_stat_activity a join pg_locks l using (pid)
   where a.backend_type = 'autovacuum worker' and l.relation in ('orders'::regclass, 'drafts'::regclass) and l.mode = 'ShareUpdateExclusiveLock'`;

beforeAll(async () => {
  for (const version of versions) {
    const cluster = await startCluster(version, { settings: { autovacuum_naptime: "1s" } });
    clusters.push(cluster);
    const { url } = await createDatabase(cluster, schema);
    const looks = new pg.Client({ connectionString: url });
    clients.push(looks);
    await looks.connect();
    await looks.query("delete from drafts where id % 2 = 0");
    await looks.query("do $$ begin for i in 1..110000 loop perform pg_current_xact_id(); commit; end loop; end $$");
    for (;;) {
      const { rows } = await looks.query<{ number: number }>(running);
      if (rows[0]?.number === 2) break;
    }
    servers.set(version, { url, looks });
  }
}, 90_000);

afterAll(async () => {
  for (const client of clients) await client.end();
  for (const cluster of clusters) await cluster.stop();
});

interface Told {
  readonly findings: readonly { readonly rule: string; readonly message: string }[];
}

async function now(version: number, sql: string) {
  const answer = await (await connectOnce(servers.get(version)?.url)).callTool({ name: "migration_checklist", arguments: { sql } });
  const { findings } = answer.structuredContent as unknown as Told;
  return findings.flatMap(({ rule, message }) => (rule === "migration/lock-queue-now" ? [message] : []));
}

/** Whether the server keeps it waiting for longer than an autovacuum takes to give way (`deadlock_timeout`). */
async function waits(version: number, sql: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: servers.get(version)?.url });
  await client.connect();
  await client.query("set deadlock_timeout = '50ms'; set lock_timeout = '2s'; begin");
  const code = await client.query(sql).then(
    () => "",
    (error: { readonly code?: string }) => error.code,
  );
  await client.end();
  return code === "55P03";
}

test.each(versions)("PostgreSQL %i: an autovacuum against wraparound does not give way, and is named", async (version) => {
  const sql = "alter table orders add column more text";
  expect(await now(version, sql)).toEqual([
    expect.stringMatching(
      /^Run now, this would wait: pid \d+ \(autovacuum worker, active for \d+ s\) holds SHARE UPDATE EXCLUSIVE on orders, and every query on it/,
    ),
  ]);
  expect(await waits(version, sql)).toBe(true);
});

test.each(versions)("PostgreSQL %i: any other autovacuum gives way, and nothing is said of it", async (version) => {
  const sql = "alter table drafts add column more text";
  expect(await now(version, sql)).toEqual([]);
  expect(await waits(version, sql)).toBe(false);
});
