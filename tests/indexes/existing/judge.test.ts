import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { renderSnapshot } from "../../../src/catalog/snapshot-file.ts";
import { recordSnapshot } from "../../../src/catalog/snapshot-record.ts";
import { candidateOf } from "../../../src/indexes/candidate.ts";
import { ascending } from "../../../src/indexes/key.ts";
import { freePort } from "../../postgres/server.ts";
import { readDatabase } from "../../twin/twin.ts";
import {
  type Asked,
  counting,
  judge,
  readFrom,
  replanner,
  run,
  shifted,
  shown,
  startWorld,
  type Version,
  versions,
  type World,
} from "./judging.ts";

const worlds = new Map<Version, World>();
let replanning: Awaited<ReturnType<typeof replanner>>;

beforeAll(async () => {
  for (const version of versions) worlds.set(version, await startWorld(version));
  replanning = await replanner(worldOf(18).catalog);
}, 120_000);

function worldOf(version: Version): World {
  const world = worlds.get(version);
  if (!world) throw new Error(`Postgres ${version} was not started`);
  return world;
}

/** With 40 days of counters on all servers, unless told. */
async function judged(version: Version, name: string, asked: Partial<Asked> = {}) {
  const world = worldOf(version);
  const { verdict, evidence, ...script } = await judge(name, world, { circumstances: counting(world.circumstances, 40), ...asked });
  return { verdict, evidence: shown(evidence), script };
}

const young = (version: Version): Partial<Asked> => ({ circumstances: counting(worldOf(version).circumstances, 10) });

test.each(versions)("an index of Postgres %i that nobody reads is dropped, with its figures and its undo", async (version) => {
  const { verdict, evidence, script } = await judged(version, "orders_note_idx");
  expect(verdict).toBe("drop");
  expect(evidence).toBe(
    `Read 0 times since DAY (40 days); on HOST/postgres as postgres 0 times since DAY, in ${tableScans(version)} scans of orders.
No planned statement gets dearer without it; they take 97 % of the workload's time since DAY. It takes 1.0 MB, and 20,000 writes kept it up to date.
Not known: when it was made, and whether a standby is fed from an archive.`,
  );
  expect(script).toMatchObject({
    sql: "drop index concurrently orders_note_idx;",
    undo: "CREATE INDEX CONCURRENTLY orders_note_idx ON public.orders USING btree (note);",
  });
});

function tableScans(version: Version): number {
  const { usage } = worldOf(version).catalog.tables.find(({ name }) => name === "orders") ?? {};
  return (usage?.sequentialScans ?? 0) + (usage?.indexScans ?? 0);
}

test("an index that is read is kept, and Postgres 18 says when it was last", async () => {
  expect(await judged(18, "orders_region_idx")).toMatchObject({
    verdict: "keep",
    evidence: "Read 120 times since DAY (40 days), last on DAY; on HOST/postgres as postgres 0 times since DAY.",
  });
  expect((await judged(15, "orders_region_idx")).evidence).toBe(
    "Read 120 times since DAY (40 days); on HOST/postgres as postgres 0 times since DAY.",
  );
});

test.each(versions)("an index that only the standby of Postgres %i reads is kept", async (version) => {
  const { verdict, evidence } = await judged(version, "orders_total_idx");
  expect(verdict).toBe("keep");
  expect(evidence).toMatch(/^Read 0 times since DAY \(40 days\); on HOST\/postgres as postgres 120 times since DAY/);
});

test("an index is not dropped on counters younger than 30 days, here or on a replica", async () => {
  expect(await judged(18, "orders_note_idx", young(18))).toEqual({
    verdict: "cannot tell",
    evidence: `Read 0 times since DAY (10 days); on HOST/postgres as postgres 0 times since DAY.
It takes 1.0 MB, and 20,000 writes kept it up to date.
Missing to decide: 30 days of counters here: they began 10 days ago, on DAY; 30 days of counters on HOST/postgres as postgres: they began 10 days ago, on DAY.`,
    script: expect.not.objectContaining({ sql: expect.anything() }),
  });
});

test("an index is not dropped where nothing is counted", async () => {
  const { circumstances } = worldOf(18);
  const old = counting(circumstances, 40);
  const off = { ...old, counters: old.counters && { ...old.counters, counting: false } };
  expect((await judged(18, "orders_note_idx", { circumstances: off })).evidence).toContain(
    "scans here, which track_counts = off does not count",
  );
  const never = { ...old, counters: undefined };
  expect((await judged(18, "orders_note_idx", { circumstances: never })).evidence).toContain(
    "Missing to decide: since when scans are counted.",
  );
});

test("an index is not dropped when less than 90 % of the workload was planned, or none is known", async () => {
  const planned = (share: number | undefined) => judged(18, "orders_note_idx", { coverage: { share, since: undefined } });
  expect(await planned(0.72)).toMatchObject({
    verdict: "cannot tell",
    evidence: expect.stringContaining("Missing to decide: plans of 90 % of the workload's time: 72 % were planned."),
  });
  expect(await planned(undefined)).toMatchObject({
    verdict: "cannot tell",
    evidence: expect.stringContaining("Missing to decide: a workload to plan without it."),
  });
  expect(await planned(0.9)).toMatchObject({ verdict: "drop" });
});

test("an index that a planned statement needs is kept, whether it was read or not", async () => {
  const replan = replanning(["select * from orders where note = 'note 7'", "select * from orders where id = 7"]);
  const { verdict, evidence } = await judged(18, "orders_note_idx", { replan, ...young(18) });
  expect(verdict).toBe("keep");
  expect(evidence).toMatch(/^Planned without it, statements get dearer: #1 8\.3 -> \d{3}\.\nRead 0 times/);
});

test("an index that gives an order is kept, because sorting is dearer", async () => {
  const replan = replanning(["select note from orders order by note limit 10"]);
  expect(await judged(18, "orders_note_idx", { replan })).toMatchObject({
    verdict: "keep",
    evidence: expect.stringContaining("dearer: #1"),
  });
});

test("an index that is read less than once a day by no planned statement is in doubt", async () => {
  expect(await judged(15, "orders_code_idx")).toMatchObject({
    verdict: "cannot tell",
    evidence: expect.stringContaining("It is read less than once a day, and by no planned statement: find what does."),
  });
});

test("an index that was last read months ago is in doubt, and needless after a year", async () => {
  const { asOf, ...circumstances } = counting(worldOf(18).circumstances, 40);
  const after = (days: number) => judged(18, "orders_region_idx", { circumstances: { ...circumstances, asOf: shifted(asOf, days) } });
  expect(await after(20)).toMatchObject({ verdict: "keep" });
  expect(await after(200)).toMatchObject({
    verdict: "cannot tell",
    evidence: expect.stringContaining("Nothing has read it for 200 days: find what did, which may come once a year."),
  });
  expect(await after(400)).toMatchObject({
    verdict: "drop",
    evidence: expect.stringMatching(/^Read 120 times since DAY \(440 days\), last on DAY/),
  });
});

test("an index of a table that hardly anybody reads is in doubt", async () => {
  expect(await judged(18, "idle_b")).toMatchObject({
    verdict: "cannot tell",
    evidence: expect.stringContaining("idle itself was scanned once, too few to say what its readers need."),
  });
});

test.each([
  [
    "orders_pkey",
    "It is the primary key of orders, which no count of scans shows, and goes only with that: alter table orders drop constraint orders_pkey;",
  ],
  [
    "twice_a_later",
    "It is the unique constraint of twice, which no count of scans shows, and goes only with that: alter table twice drop constraint twice_a_later;",
  ],
  [
    "bookings_during_excl",
    "It is the exclusion constraint of bookings, which no count of scans shows, and goes only with that: alter table bookings drop constraint bookings_during_excl;",
  ],
  ["customers_email_key", "It keeps its columns unique, which no count of scans shows."],
  ["customers_number_key", "Foreign keys point at the columns that it keeps unique, so Postgres refuses to drop it."],
  ["bookings_version_key", "It is the replica identity of bookings: without it subscribers are told no updates and deletes."],
  ["bookings_room_idx", "CLUSTER sorts bookings by it: choose another first (alter table … cluster on, or set without cluster)."],
  [
    "orders_customer_id_idx",
    "It alone serves the foreign key orders_customer_id_fkey: without it each delete in customers scans all of orders (about 20,000 rows).",
  ],
])("%s is kept for what it does besides being read", async (name, evidence) => {
  for (const version of versions)
    expect(await judged(version, name)).toEqual({
      verdict: "keep",
      evidence,
      script: expect.not.objectContaining({ sql: expect.anything() }),
    });
});

test("Postgres refuses to drop the index that a foreign key points at", async () => {
  await expect(run(worldOf(18).primary.url(), "drop index customers_number_key")).rejects.toThrow(/other objects depend on it/);
});

test("of two indexes that serve a foreign key only the last one is kept for it", async () => {
  expect(await judged(18, "orders_customer_number_seat_idx")).toMatchObject({ verdict: "drop" });
  expect(await judged(18, "orders_customer_number_idx")).toMatchObject({
    verdict: "keep",
    evidence: expect.stringMatching(/^It alone serves/),
  });
});

test.each(versions)(
  "an exact duplicate on Postgres %i goes whatever was counted, and its reads go to the one that stays",
  async (version) => {
    const nothing = { coverage: { share: undefined, since: undefined }, ...young(version) };
    expect(await judged(version, "orders_code_idx1", nothing)).toMatchObject({
      verdict: "drop",
      evidence: expect.stringMatching(
        /^orders_code_idx holds exactly the same entries in the same order, so no query needs both\.\nRead [03] times/,
      ),
      script: { sql: "drop index concurrently orders_code_idx1;" },
    });
    expect((await judged(version, "orders_code_idx")).evidence).toMatch(/^Read 3 times/);
  },
);

test("an index that a unique one holds all of is a duplicate too, never the other way round", async () => {
  expect(await judged(18, "customers_email_idx", young(18))).toMatchObject({
    verdict: "drop",
    evidence: expect.stringMatching(/^customers_email_key holds exactly/),
  });
  expect(await judged(18, "customers_email_key")).toMatchObject({ verdict: "keep" });
});

test("a unique index is no duplicate of a constraint that is checked later", async () => {
  expect(await judged(18, "twice_a")).toMatchObject({
    verdict: "keep",
    evidence: "It keeps its columns unique, which no count of scans shows.",
  });
});

test("an index that starts another one is covered by it", async () => {
  expect(await judged(18, "orders_created_at_idx")).toMatchObject({
    verdict: "drop",
    evidence: expect.stringMatching(
      /^orders_created_at_status_idx holds all of it and can be read in its order, so it serves the same statements\.\nRead 120 times/,
    ),
  });
  expect(await judged(18, "orders_created_at_idx", young(18))).toMatchObject({
    verdict: "cannot tell",
    evidence: expect.stringMatching(/^orders_created_at_status_idx holds all of it.*\n.*\n.*\nMissing to decide: 30 days of counters here/),
  });
});

test("a covered index is kept where the longer one makes a statement dearer", async () => {
  const replan = replanning(["select created_at from orders order by created_at"]);
  expect(await judged(18, "orders_created_at_idx", { replan })).toMatchObject({
    verdict: "keep",
    evidence: expect.stringMatching(/^Planned without it, statements get dearer: #1 /),
  });
});

test("a covered index whose readers would pay for one that is much bigger is in doubt", async () => {
  const { catalog } = worldOf(18);
  const tables = catalog.tables.map((table) => ({
    ...table,
    indexes: table.indexes.map((index) => (index.name === "orders_created_at_status_idx" ? { ...index, bytes: 50 * 1024 ** 2 } : index)),
  }));
  expect(await judged(18, "orders_created_at_idx", { tables })).toMatchObject({
    verdict: "cannot tell",
    evidence: expect.stringMatching(
      /It takes 456 kB and the other 50\.0 MB\.\nMissing to decide: what its readers pay for the larger one\.$/,
    ),
  });
});

/** By which index this one is covered, if by any; without counters that alone decides. */
async function coveredBy(name: string): Promise<string | undefined> {
  const { evidence } = await judged(18, name, young(18));
  return /^(\w+) holds all of it/.exec(evidence)?.[1];
}

test.each([
  ["the same backwards", "shapes_a_desc", "shapes_a"],
  ["the same with more columns carried along", "shapes_b", "shapes_b_c_unique"],
  ["a carried column that is a key of the other", "shapes_b_with_c", "shapes_b_c_unique"],
  ["the same predicate", "shapes_t_few", "shapes_t_some"],
  ["a GIN index on the same column, wherever it stands", "shapes_words", "shapes_words_more"],
])("covered: %s", async (_, name, by) => {
  expect(await coveredBy(name)).toBe(by);
});

test.each([
  ["NULLs at the other end", "shapes_c_nulls_first"],
  ["another operator class, collation or predicate", "shapes_t"],
  ["a unique one by a longer one that is not", "shapes_b_c_unique"],
])("not covered: %s", async (_, name) => {
  expect(await coveredBy(name)).toBeUndefined();
});

test("of two indexes that cover each other one stays", async () => {
  const both = await Promise.all(["shapes_a", "shapes_a_desc"].map((name) => judged(18, name)));
  expect(both.map(({ verdict }) => verdict)).toEqual(["cannot tell", "drop"]);
});

test("an index that the advice makes needless goes after that is built", async () => {
  const orders = worldOf(18).catalog.tables.find(({ name }) => name === "orders");
  if (!orders) throw new Error("no orders");
  const added = [candidateOf(orders, [ascending("region"), ascending("total")])];
  expect(await judged(18, "orders_region_idx", { added })).toMatchObject({
    verdict: "drop",
    evidence: expect.stringMatching(
      /^After building public\.orders \(region, total\), this one is covered: drop it then\.\nRead 120 times/,
    ),
  });
  expect(await judged(18, "orders_region_idx", { added, ...young(18) })).toMatchObject({
    verdict: "cannot tell",
    evidence: expect.stringMatching(/^Once public\.orders \(region, total\) is built, that serves the same statements\./),
  });
});

test.each(versions)("an index whose build failed on Postgres %i is dropped or built anew, whatever was counted", async (version) => {
  expect(await judged(version, "doubled_a_key", young(version))).toEqual({
    verdict: "drop",
    evidence: `It is invalid, because a build or a drop failed: no query may use it, while writes may go on paying for its 0 kB, and may refuse duplicates by it.
If it is wanted still, build it anew: reindex index concurrently doubled_a_key;`,
    script: expect.objectContaining({
      sql: "drop index concurrently doubled_a_key;",
      undo: "CREATE UNIQUE INDEX CONCURRENTLY doubled_a_key ON public.doubled USING btree (a);",
    }),
  });
  const leftover = await judged(version, "doubled_a_key_ccnew", young(version));
  expect(leftover).toMatchObject({ verdict: "drop", script: { sql: "drop index concurrently doubled_a_key_ccnew;" } });
  expect(leftover.evidence).toContain("Its name is that of a REINDEX CONCURRENTLY's copy.");
});

test("the index of a partitioned table is judged once, by the reads of all its parts", async () => {
  expect(await judged(18, "events_id_idx")).toMatchObject({ verdict: "keep", evidence: expect.stringMatching(/^Read 120 times/) });
  await expect(judged(18, "events_1_id_idx")).rejects.toThrow("0 judgements");
});

test("an index that some partitions lack is not called failed", async () => {
  expect(await judged(18, "events_day_idx")).toMatchObject({
    verdict: "cannot tell",
    evidence: "It is invalid until every partition of events has its part: 1 of 2 lack it (events_2).",
  });
});

test("DDL text decides duplicates and tells what is covered, nothing more", async () => {
  const text = { circumstances: undefined, coverage: { share: undefined, since: undefined } };
  expect(await judged(18, "orders_code_idx1", text)).toMatchObject({
    verdict: "drop",
    evidence: "orders_code_idx holds exactly the same entries in the same order, so no query needs both.",
  });
  expect(await judged(18, "orders_created_at_idx", text)).toMatchObject({
    verdict: "cannot tell",
    evidence: expect.stringMatching(/^orders_created_at_status_idx holds all of it.*\nDrop it if no statement needs the shorter one\./),
  });
  expect(await judged(18, "orders_note_idx", text)).toMatchObject({
    verdict: "cannot tell",
    evidence: expect.stringContaining(
      "Missing to decide: how often it is read, which DDL text does not say; a workload to plan without it.",
    ),
  });
  const replan = replanning(["select * from orders where note = 'note 7'"]);
  expect(await judged(18, "orders_note_idx", { ...text, replan })).toMatchObject({
    verdict: "keep",
    evidence: "Planned without it, statements get dearer: #1.",
  });
});

test.each(versions)("what is said to be dropped on Postgres %i can be, and its undo makes the same index", async (version) => {
  const { primary } = worldOf(version);
  const definitions = () =>
    run<{ definition: string; valid: boolean }>(
      primary.url(),
      `select pg_get_indexdef(indexrelid) as definition, indisvalid as valid from pg_index
        where indexrelid::regclass::text ~ '^(events.*_kind_idx|orders_note_idx)$' order by 1`,
    );
  const before = await definitions();
  expect(before).toHaveLength(5);
  const scripts = [];
  for (const name of ["events_kind_idx", "orders_note_idx"]) scripts.push((await judged(version, name)).script);
  for (const { sql = "" } of scripts) await run(primary.url(), sql);
  expect(await definitions()).toEqual([]);
  for (const { undo = "" } of scripts) for (const statement of undo.split("\n")) await run(primary.url(), statement);
  expect(await definitions()).toEqual(before);
});

test("dropping the index of a partitioned table locks all of its partitions, which is said", async () => {
  const { evidence, script } = await judged(18, "events_kind_idx");
  expect(evidence).toContain("DROP INDEX holds ACCESS EXCLUSIVE on events and all its partitions: set lock_timeout first.");
  const locked = await run<{ name: string }>(
    worldOf(18).primary.url(),
    `begin; ${script.sql}; select relation::regclass::text as name from pg_locks
      where mode = 'AccessExclusiveLock' and relation::regclass::text in ('events', 'events_1', 'events_2', 'events_2_1') order by 1`,
  );
  expect(locked.map(({ name }) => name)).toEqual(["events", "events_1", "events_2", "events_2_1"]);
});

/** The same index, as the servers of this configuration tell of it; the counters are 40 days old wherever they are read. */
async function readOf(version: Version, environment: Readonly<Record<string, string>>) {
  const { catalog, primary } = worldOf(version);
  const { circumstances, limits } = await readFrom(catalog, { DATABASE_URL: primary.url(), ...environment });
  return { ...(await judged(version, "orders_note_idx", { circumstances: counting(circumstances, 40) })), limits };
}

const missing = (evidence: string) => /Missing to decide: (.*)\.$/.exec(evidence)?.[1];

test.each(versions)("a standby of Postgres %i that was not read keeps an index from being dropped", async (version) => {
  const { verdict, evidence } = await readOf(version, {});
  expect(verdict).toBe("cannot tell");
  expect(missing(evidence)).toBe("the scans on 1 of 1 standbys (walreceiver): name each in DATABASE_REPLICA_URL");
});

test.each(versions)("with the standby of Postgres %i configured an index that nobody reads is dropped", async (version) => {
  expect(await readOf(version, { DATABASE_REPLICA_URL: worldOf(version).standby.url() })).toMatchObject({ verdict: "drop", limits: [] });
});

test("a role that may see little sees that there is a standby, and reads all the counters", async () => {
  const { catalog, primary, standby } = worldOf(15);
  await run(primary.url(), "create role reader login password 'secret'");
  const asReader = (url: string) => Object.assign(new URL(url), { username: "reader", password: "secret" }).href;
  const eyes = { DATABASE_URL: asReader(primary.url()), DATABASE_REPLICA_URL: asReader(standby.url()) };
  await expect.poll(() => run(standby.url(), "select from pg_roles where rolname = 'reader'")).toHaveLength(1);
  const { circumstances, limits } = await readFrom(catalog, eyes);
  expect(limits).toEqual([]);
  expect(circumstances.standbys).toHaveLength(1);
  expect(await judged(15, "orders_total_idx", { circumstances })).toMatchObject({
    verdict: "keep",
    evidence: expect.stringMatching(/as reader 120 times/),
  });
});

test("a role that may not see which standbys there are gets no index called needless, and the rest of the answer", async () => {
  const { catalog, primary } = worldOf(15);
  await run(primary.url(), "create role blind login password 'secret'; revoke select on pg_catalog.pg_replication_slots from public");
  onTestFinished(() => run(primary.url(), "grant select on pg_catalog.pg_replication_slots to public").then(() => undefined));
  const { circumstances, limits } = await readFrom(catalog, {
    DATABASE_URL: Object.assign(new URL(primary.url()), { username: "blind", password: "secret" }).href,
  });
  expect(limits).toEqual([expect.stringMatching(/^since when scans of indexes are counted: User "blind" may not read/)]);
  expect(await judged(15, "orders_note_idx", { circumstances })).toMatchObject({
    verdict: "cannot tell",
    evidence: expect.stringContaining("Missing to decide: since when scans are counted."),
  });
});

test("a replica that does not answer keeps an index from being dropped, and its password is told to nobody", async () => {
  const port = await freePort();
  const dead = `postgres://reader:s3cret-word@127.0.0.1:${port}/shop`;
  const { verdict, evidence, limits } = await readOf(18, { DATABASE_REPLICA_URL: `${worldOf(18).standby.url()}\n  ${dead}` });
  expect(verdict).toBe("cannot tell");
  expect(missing(evidence)).toBe("the scans on HOST/shop as reader, which did not answer");
  expect(limits).toEqual([expect.stringMatching(/^how indexes are used on 127\.0\.0\.1:\d+\/shop as reader: /)]);
  expect(`${evidence}${limits.join()}`).not.toContain("s3cret-word");
});

test("a URL of a replica that cannot be read is told without its text", async () => {
  const { verdict, limits } = await readOf(18, { DATABASE_REPLICA_URL: "postgres//reader:s3cret-word@db/shop" });
  expect(verdict).toBe("cannot tell");
  expect(limits.join()).toMatch(
    /^how indexes are used on a replica whose URL cannot be read: DATABASE_REPLICA_URL is not a URL of Postgres/,
  );
  expect(limits.join()).not.toContain("s3cret-word");
});

test("the database itself, or a standby of another server, is no replica of it", async () => {
  const { evidence } = await readOf(18, { DATABASE_REPLICA_URL: `${worldOf(18).primary.url()} ${worldOf(15).standby.url()}` });
  expect(missing(evidence)).toBe(
    "the scans on a replica: HOST/postgres as postgres is the database itself; the scans on a replica: HOST/postgres as postgres is a standby of another server; the scans on 1 of 1 standbys (walreceiver): name each in DATABASE_REPLICA_URL",
  );
});

test("a replica that is named twice is read once", async () => {
  const url = worldOf(18).standby.url();
  const { evidence } = await readOf(18, { DATABASE_REPLICA_URL: `${url} ${url}` });
  expect(evidence.match(/on HOST/g)).toHaveLength(1);
});

test("a standby does not know what its primary reads", async () => {
  const { standby, catalog } = worldOf(18);
  const { circumstances } = await readFrom(catalog, { DATABASE_URL: standby.url() });
  expect(missing((await judged(18, "orders_note_idx", { circumstances: counting(circumstances, 40) })).evidence)).toBe(
    "the scans on the primary, because this is a standby",
  );
});

test("the slot of a standby that is away stands for it", async () => {
  const { primary } = worldOf(18);
  await run(primary.url(), "select pg_create_physical_replication_slot('analytics', true)");
  onTestFinished(() => run(primary.url(), "select pg_drop_replication_slot('analytics')").then(() => undefined));
  const { evidence } = await readOf(18, { DATABASE_REPLICA_URL: worldOf(18).standby.url() });
  expect(missing(evidence)).toBe("the scans on 1 of 2 standbys (walreceiver, analytics, not connected): name each in DATABASE_REPLICA_URL");
});

test("readers of Aurora are in no list, so they have to be named", async () => {
  const circumstances = { ...counting(worldOf(18).circumstances, 40), standbys: [], sharesStorage: true, replicas: [] };
  expect(missing((await judged(18, "orders_note_idx", { circumstances })).evidence)).toBe(
    "the scans on readers of the same storage, which Aurora does not list: name each in DATABASE_REPLICA_URL",
  );
});

test("an index that may be in the making is not called failed", async () => {
  const { primary, catalog } = worldOf(18);
  const [writer, builder] = [new pg.Client({ connectionString: primary.url() }), new pg.Client({ connectionString: primary.url() })];
  await Promise.all([writer.connect(), builder.connect()]);
  await writer.query("begin; insert into doubled values (100, 100)");
  const built = builder.query("create index concurrently doubled_b_idx on doubled (b)");
  try {
    await expect.poll(() => run(primary.url(), "select from pg_stat_progress_create_index")).toHaveLength(1);
    const { circumstances } = await readFrom(catalog, { DATABASE_URL: primary.url() });
    expect(await judged(18, "doubled_a_key", { circumstances })).toMatchObject({
      verdict: "cannot tell",
      evidence: "It is invalid, and an index is being built now, which may be this one (pg_stat_progress_create_index): ask again then.",
    });
  } finally {
    await writer.query("rollback");
    await built;
    await Promise.all([writer.end(), builder.end()]);
  }
});

test.each(versions)("a snapshot of Postgres %i has the usage of its day, and that of no other server", async (version) => {
  const { primary, catalog } = worldOf(version);
  const folder = await mkdtemp(join(tmpdir(), "snapshot-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const recorded = await readDatabase(primary.url(), (_, database) =>
    recordSnapshot(database, { product: "test", values: false, statement: undefined }),
  );
  const file = join(folder, "shop.json");
  await writeFile(file, renderSnapshot(recorded));
  const environment = { BACKEND_DB_MCP_SNAPSHOT: file, DATABASE_REPLICA_URL: worldOf(version).standby.url() };
  const { circumstances } = await readFrom(catalog, environment);
  expect(await judged(version, "orders_region_idx", { circumstances: counting(circumstances, 40) })).toMatchObject({
    verdict: "keep",
    evidence: expect.stringMatching(/^Read 120 times since DAY \(40 days\)(, last on DAY)?, up to DAY, when the snapshot was taken\.$/),
  });
  const { evidence } = await judged(version, "orders_note_idx", { circumstances: counting(circumstances, 40) });
  expect(missing(evidence)).toBe("the scans on 1 of 1 standbys (walreceiver): which no snapshot has");
});

test("counters that a crash emptied are young, though Postgres keeps no time of it with the database", async () => {
  const { primary, circumstances } = worldOf(18);
  await run(primary.url(), "select pg_sleep(1.1)");
  await primary.restart("immediate");
  const { circumstances: after } = await readFrom(worldOf(18).catalog, { DATABASE_URL: primary.url() });
  expect(Date.parse(after.counters?.since ?? "")).toBeGreaterThan(Date.parse(circumstances.counters?.since ?? ""));
  const [reset] = await run(primary.url(), "select stats_reset from pg_stat_database where datname = 'postgres'");
  expect(reset).toEqual({ stats_reset: null });
});
