import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { renderSnapshot } from "../../src/catalog/snapshot-file.ts";
import { recordSnapshot } from "../../src/catalog/snapshot-record.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import type { Version } from "../postgres/server.ts";
import { connect, textOf } from "../tools/client.ts";
import { readDatabase } from "../twin/twin.ts";

const versions: readonly Version[] = [15, 18];
const DAY = 86_400_000;
const folder = await mkdtemp(join(tmpdir(), "growth-"));
afterAll(() => rm(folder, { recursive: true }));

const schema = `
  create table orders (id serial primary key, note text not null);
  create table countries (code char(2) primary key);
  create table jobs (id smallserial primary key, at timestamptz not null default '2026-01-01Z');
  insert into orders (note) select 'n' || i from generate_series(1, 5000) i;
  insert into jobs select from generate_series(1, 100);
  insert into countries values ('FR'), ('DE');`;

async function inDatabase<Row extends object>(url: string, ...statements: readonly string[]): Promise<Row | undefined> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let found: Row | undefined;
    for (const sql of statements) [found] = (await client.query<Row>(sql)).rows;
    return found;
  } finally {
    await client.end();
  }
}

/** As if it had been written so many days ago. */
async function snapshotOf(url: string, daysAgo: number): Promise<string> {
  const file = join(folder, `${daysAgo}.json`);
  const taken = await readDatabase(url, (_, database) => recordSnapshot(database, { product: "1", values: false, statement: undefined }));
  const takenAt = new Date(Date.parse(taken.takenAt) - daysAgo * DAY).toISOString();
  const counters = (taken.rows.get("server counters") ?? []).map((row) => ({ ...row, now: takenAt }));
  await writeFile(file, renderSnapshot({ ...taken, takenAt, rows: new Map([...taken.rows, ["server counters", counters]]) }));
  return file;
}

async function growthSince(url: string, since: string, checks?: readonly string[]) {
  const client = await connect({ environment: { DATABASE_URL: url } });
  const answer = await client.callTool({ name: "check_health", arguments: { since, ...(checks && { checks }) } });
  expect(answer.isError, textOf(answer)).toBeFalsy();
  const { growth, limits } = answer.structuredContent as { growth?: { tables: object[]; ends: { on: string }[] }; limits: string[] };
  return { growth, limits, text: textOf(answer) };
}

const bytes = "select (pg_relation_size('orders') + pg_relation_size('orders_pkey'))::float8 as bytes";

test.each(versions)(
  "what tables grow a month and when sequences end is told from a snapshot of PostgreSQL %i that is ten days old",
  async (version) => {
    const { url } = await freshDatabase(version, schema);
    await inDatabase(url, "vacuum (analyze)");
    const before = await inDatabase<{ bytes: number }>(url, bytes);
    const since = await snapshotOf(url, 10);
    await inDatabase(
      url,
      "insert into orders (note) select 'n' || i from generate_series(1, 20000) i",
      "insert into jobs select from generate_series(1, 1000)",
      "vacuum (analyze)",
    );
    const after = await inDatabase<{ bytes: number }>(url, bytes);

    const { growth, limits, text } = await growthSince(url, since, ["sequences"]);
    const grown = 3 * ((after?.bytes ?? 0) - (before?.bytes ?? 0));
    expect(growth?.tables).toEqual([
      { table: "orders", rows_per_month: expect.closeTo(60_000, -2), bytes_per_month: expect.closeTo(grown, -3) },
      { table: "jobs", rows_per_month: expect.closeTo(3_000, -1), bytes_per_month: expect.any(Number) },
    ]);
    // 31,667 are left of a smallint, and 100 a day are given out: the manual has the largest of each type.
    const on = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
    expect(growth?.ends).toMatchObject([
      { sequence: "jobs_id_seq", column: "jobs.id", last: 1_100, most: 32_767, per_day: 100 },
      { sequence: "orders_id_seq", column: "orders.id", last: 25_000, most: 2_147_483_647, per_day: 2_000 },
    ]);
    expect([on(316), on(317)]).toContain(growth?.ends[0]?.on);
    expect(growth?.ends[1]).not.toHaveProperty("on");
    expect(limits).toContain("when the disk is full: what is free of it cannot be seen by SQL");
    expect(text).toMatch(/- jobs_id_seq \(jobs\.id\): 1,100 of 32,767 values given out, 100 a day: the last on 20\d\d-\d\d-\d\d/);
    expect(text).not.toMatch(/orders_id_seq .*the last on/);
  },
);

test("a snapshot of today says too little, and who asks about something else is told no growth", async () => {
  const { url } = await freshDatabase(18, schema);
  const young = await growthSince(url, await snapshotOf(url, 0.5), ["sequences"]);
  expect(young.growth).toBeUndefined();
  expect(young.limits).toContain("growth: the snapshot is less than a day old");
  const other = await growthSince(url, await snapshotOf(url, 10), ["io"]);
  expect(other.growth).toBeUndefined();
});

test("a table that shrank and a sequence that was set back have no growth", async () => {
  const { url } = await freshDatabase(18, schema);
  await inDatabase(url, "vacuum (analyze)");
  const since = await snapshotOf(url, 10);
  await inDatabase(url, "delete from orders", "select setval('orders_id_seq', 5), setval('jobs_id_seq', 50)", "vacuum (full, analyze)");
  const { growth, text } = await growthSince(url, since, ["sequences"]);
  expect(growth).toMatchObject({ tables: [], ends: [] });
  expect(text).toContain("Nothing grew since");
});
