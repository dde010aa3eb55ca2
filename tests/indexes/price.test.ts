import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { candidateIn } from "../../src/indexes/candidate.ts";
import { type Price, priceOf } from "../../src/indexes/price.ts";
import { countEntries } from "../../src/indexes/sized.ts";
import { createTrials } from "../../src/indexes/trial.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { build, needsOf } from "../../src/twin/build.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import type { Version } from "../postgres/server.ts";
import { startTwin, wholeCatalog } from "../twin/twin.ts";

const twin = startTwin();
const versions: readonly Version[] = [15, 18];

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** Of each CREATE INDEX, as if it were built on the tables of this catalog. */
async function pricesIn(catalog: Catalog, indexes: readonly string[], statements: readonly string[] = []): Promise<readonly Price[]> {
  const find = ({ schema = "public", name }: { readonly schema?: string | undefined; readonly name: string }) =>
    catalog.tables.find((table) => table.schema === schema && table.name === name);
  const written = await parseStatements(indexes.join(";\n"));
  const candidates = written.flatMap((statement) => candidateIn(statement, find) ?? []);
  const workload = (await parseStatements(statements.join(";\n"))).map((statement, position) => ({ number: position + 1, statement }));
  return twin.use(needsOf(catalog), async (session) => {
    await build(session, catalog);
    const { trials, refused } = await createTrials(session, { candidates, tables: catalog.tables, searchPath: ["public"] });
    expect(refused).toEqual([]);
    const counted = await countEntries(session, { indexes: trials.flatMap(({ oids }) => oids), tables: catalog.tables });
    const prices: Price[] = [];
    for (const [position, { candidate, bytes, oids }] of trials.entries()) {
      const entries = oids.flatMap((oid) => counted.get(oid) ?? []);
      prices.push(
        await priceOf({
          candidate,
          bytes,
          rows: entries.reduce((sum, { rows }) => sum + rows, 0),
          elements: entries[0]?.elements,
          sql: indexes[position] ?? "",
          tables: catalog.tables,
          statements: workload,
          settings: catalog.settings,
          find,
        }),
      );
    }
    return prices;
  });
}

async function priceIn(catalog: Catalog, index: string, statements: readonly string[] = []): Promise<Price> {
  const [price] = await pricesIn(catalog, [index], statements);
  if (!price) throw new Error(`no price of ${index}`);
  return price;
}

const rowsFrom = (from: number, to: number) => `
  insert into entries
  select i, hashint8(i), (hashint8(i) & 63)::int, md5(i::text), timestamptz '2025-01-01' + i * interval '1 minute',
         jsonb_build_object('a', hashint8(i) & 1023, 'b', md5((i / 10)::text), 'c', 'web', 'd', i),
         array['t' || (hashint8(i) & 1023), 't' || (hashint8(i + 7) & 255), 'k' || (hashint8(i + 9) & 4095)],
         'How to ' || (array['scale', 'deploy', 'index', 'debug'])[1 + (hashint8(i) & 3)] || ' ' || md5(i::text),
         tstzrange(timestamptz '2025-01-01' + (hashint8(i) & 1048575) * interval '1 minute', timestamptz '2027-06-01'),
         point(hashint8(i) % 1000000, hashint8(i + 1) % 1000000)
    from generate_series(${from}::bigint, ${to}) i`;

const GROWTH = 6000;

const entries = `
create extension pg_trgm;
create table entries (id bigint, number bigint, few int, word text, at timestamptz, document jsonb, tags text[], body text, span tstzrange, spot point);
create table more (like entries);
${rowsFrom(1, GROWTH)};
${rowsFrom(GROWTH + 1, 2 * GROWTH).replace("into entries", "into more")};
analyze;`;

const kinds = [
  "create index on entries (id)",
  "create index on entries (number)",
  "create index on entries (few)",
  "create index on entries (few, word, at desc)",
  "create index on entries using hash (word)",
  "create index on entries using gin (tags)",
  "create index on entries using gin (document)",
  "create index on entries using gin (body gin_trgm_ops)",
  "create index on entries using gist (span)",
  "create index on entries using gist (spot)",
  "create index on entries using spgist (word)",
];

interface Explained {
  readonly "QUERY PLAN": readonly [{ readonly Plan: { readonly "WAL Bytes": number; readonly "WAL Records": number } }];
}

/** What this session writes to the log for a statement, and for each index that it leaves behind. */
async function logged(client: pg.Client, sql: string) {
  const { rows } = await client.query<Explained>(`explain (analyze, wal, format json) ${sql}`);
  const plan = rows[0]?.["QUERY PLAN"][0].Plan;
  return { bytes: plan?.["WAL Bytes"] ?? 0, records: plan?.["WAL Records"] ?? 0 };
}

test.each(versions)(
  "what a row writes to the log of PostgreSQL %i for an index of each kind, while its table doubles, is within a factor of two",
  async (version) => {
    const { url } = await freshDatabase(version, entries);
    const client = await connect(url);
    const growing = async () => {
      await client.query("begin");
      const { bytes } = await logged(client, "insert into entries table more");
      // What was put on the pending list goes to its place: by VACUUM, or once the list has 4 MB.
      const pending = await client.query("select from pg_class join pg_am on pg_am.oid = relam where relname = 'kind' and amname = 'gin'");
      const { bytes: moved } = pending.rowCount === 0 ? { bytes: 0 } : await logged(client, "select gin_clean_pending_list('kind')");
      await client.query("rollback");
      return (bytes + moved) / GROWTH;
    };
    await growing();
    const without = await growing();
    const apart: string[] = [];
    const prices = await pricesIn(await wholeCatalog(url), kinds);
    for (const [position, index] of kinds.entries()) {
      await client.query(index.replace("index on", "index kind on"));
      const real = (await growing()) - without;
      await client.query("drop index kind");
      const told = prices[position]?.writes.walBytesPerRow ?? 0;
      if (!(told / real < 2 && real / told < 2)) apart.push(`${index}: told ${told}, really ${real}`);
    }
    expect(apart).toEqual([]);
  },
);

test.each(versions)(
  "a row of PostgreSQL %i that widens a BRIN index writes no more than is told, and one that does not nothing",
  async (version) => {
    const { url } = await freshDatabase(
      version,
      "create table readings (at timestamptz); insert into readings select timestamptz '2026-01-01' + i * interval '1 minute' from generate_series(1, 3000) i; analyze",
    );
    const client = await connect(url);
    const { writes } = await priceIn(await wholeCatalog(url), "create index on readings using brin (at)");
    const inserting = async (minutes: string) =>
      (
        await logged(
          client,
          `insert into readings select timestamptz '2026-01-01' + ${minutes} * interval '1 minute' from generate_series(1, 2000) i`,
        )
      ).bytes / 2000;
    await inserting("1");
    const without = await inserting("1");
    await client.query("create index on readings using brin (at)");
    expect((await inserting("1")) - without).toBeLessThan(2);
    const wider = (await inserting("10000 * i")) - without;
    expect(wider).toBeGreaterThan(10);
    expect(wider).toBeLessThanOrEqual(writes.walBytesPerRow ?? 0);
  },
);

const accounts = `
create table accounts (id int primary key, owner int not null, status text not null, email text not null, balance int not null, seen timestamptz) with (fillfactor = 40);
create index accounts_owner on accounts (owner);
insert into accounts select i, i, 'open', 'user' || i || '@example.com', 0, now() from generate_series(1, 2000) i;
analyze accounts;`;

/** Records that an UPDATE of 1000 rows writes for each row: one if it is HOT. */
async function recordsOf(client: pg.Client, update: string): Promise<number> {
  await client.query("begin");
  const { records } = await logged(client, update);
  await client.query("rollback");
  await client.query("vacuum accounts");
  return Math.round(records / 1000);
}

const held: readonly (readonly [index: string, update: string])[] = [
  ["(balance)", "update accounts set balance = 1 where id <= 1000"],
  ["(owner) include (balance)", "update accounts set balance = 1 where id <= 1000"],
  ["((balance % 10))", "update accounts set balance = 1 where id <= 1000"],
  ["(email) where balance > 0", "update accounts set balance = -1 where id <= 1000"],
  ["using hash (balance)", "update accounts set balance = 1 where id <= 1000"],
  // Not even in rows that are not in the index.
  ["(seen) where id > 1000", "update accounts set seen = now() where id <= 1000"],
];

test.each(versions)(
  "an update of a column that an index of PostgreSQL %i holds in any way is not HOT and writes to all indexes",
  async (version) => {
    const { url } = await freshDatabase(version, accounts);
    const client = await connect(url);
    const told = await pricesIn(
      await wholeCatalog(url),
      held.map(([index]) => `create index on accounts ${index}`),
      held.map(([, update]) => update),
    );
    for (const [position, [index, update]] of held.entries()) {
      const before = await recordsOf(client, update);
      await client.query(`create index held on accounts ${index}`);
      const isHot = (await recordsOf(client, update)) < 3;
      const same = await recordsOf(client, "update accounts set balance = balance, seen = seen, status = 'closed' where id <= 1000");
      await client.query("drop index held");
      const { losesHot = [], otherIndexes } = told[position]?.writes ?? {};
      expect({ index, before, isHot, same, told: losesHot.includes(position + 1), otherIndexes }).toEqual({
        index,
        before: 1,
        isHot: false,
        same: 1,
        told: true,
        otherIndexes: 2,
      });
    }
  },
);

test.each(versions)("an update of a column that only BRIN holds is HOT since 16, and so it is told for PostgreSQL %i", async (version) => {
  const { url } = await freshDatabase(version, accounts);
  const client = await connect(url);
  const update = "update accounts set seen = '2020-01-01' where id <= 1000";
  const { writes } = await priceIn(await wholeCatalog(url), "create index on accounts using brin (seen)", [update]);
  await client.query("create index on accounts using brin (seen)");
  const isHot = (await recordsOf(client, update)) === 1;
  expect({ isHot, losesHot: writes.losesHot }).toEqual(version === 15 ? { isHot: false, losesHot: [1] } : { isHot: true, losesHot: [] });
});

test("what was counted on the table is told for 1000 rows that were written", async () => {
  const { url } = await freshDatabase(18, accounts);
  const client = await connect(url);
  await client.query("select pg_stat_reset_single_table_counters('accounts'::regclass)");
  await client.query("insert into accounts select i, i, 'new', 'x', 0, null from generate_series(2001, 2300) i");
  await client.query("update accounts set balance = 7 where id <= 500");
  await client.query("update accounts set owner = -owner where id <= 100");
  await client.query("delete from accounts where id > 1900 and id <= 2000");
  await client.query("select pg_stat_force_next_flush()");
  await client.query("select 1");
  const { writes } = await priceIn(await wholeCatalog(url), "create index on accounts (status)");
  expect({ ...writes, hotShare: Math.round((writes.hotShare ?? 0) * 100), walBytesPerRow: undefined }).toEqual({
    since: expect.any(String),
    inserts: 300,
    updates: 600,
    deletes: 100,
    hotShare: 83,
    entries: { from: 400, to: 900 },
    walBytesPerRow: undefined,
    addedBy: [],
    losesHot: [],
    otherIndexes: 2,
  });
});

const places = `
create table places (id int primary key, city text not null, street text, label text generated always as (city || coalesce(street, '')) stored, open boolean, size int);
create index places_city on places (city);
create unique index places_street on places (street);
create index places_open on places (size) where open;
create index places_size_city on places (size desc, city) include (street);
create index places_hash on places using hash (size);
insert into places (id, city, street, open, size) select i, 'city ' || i % 50, 'street ' || i, i % 2 = 0, i from generate_series(1, 3000) i;
analyze places;`;

test("the statements of the workload that write to an index are named, and of those the updates that stop being HOT", async () => {
  const { url } = await freshDatabase(18, places);
  const { writes } = await priceIn(await wholeCatalog(url), "create index on places (label, open)", [
    "insert into places (id, city) values (1, 'x')",
    "update places set street = 'y' where id = 1",
    "update places set open = false where id = 1",
    "update places set id = 2 where id = 1",
    "delete from places",
    "select * from places for update",
    "insert into places (id, city) values (1, 'x') on conflict (id) do update set (size, open) = (1, true)",
    "merge into places p using (values (1)) v (id) on v.id = p.id when matched then update set open = true when not matched then do nothing",
    "with gone as (update places set open = true returning *) select * from gone",
    "update elsewhere.places set open = true",
  ]);
  // "street" makes "label", and stands in an index today; "open" in the predicate of one.
  expect(writes).toMatchObject({ addedBy: [1, 2, 3, 7, 8, 9], losesHot: [] });
  const dropped = await wholeCatalog((await freshDatabase(18, `${places} drop index places_open, places_street, places_size_city;`)).url);
  const { writes: now } = await priceIn(dropped, "create index on places (label, open)", [
    "update places set street = 'y' where id = 1",
    "update places set open = false where id = 1",
    "update places set city = 'y' where id = 1",
  ]);
  expect(now).toMatchObject({ addedBy: [1, 2, 3], losesHot: [1, 2] });
});

test("an index makes those redundant that it starts with, in either direction, unless something else depends on them", async () => {
  const catalog = await wholeCatalog((await freshDatabase(18, places)).url);
  const redundant = async (index: string) => (await priceIn(catalog, index)).makesRedundant;
  expect(await redundant("create index on places (city, size)")).toEqual(["places_city"]);
  expect(await redundant("create index on places (city desc, size)")).toEqual(["places_city"]);
  expect(await redundant("create index on places (size, city desc, street)")).toEqual(["places_size_city"]);
  expect(await redundant("create index on places (size desc, city)")).toEqual([]);
  expect(await redundant("create index on places (size, city) where open")).toEqual(["places_open"]);
  expect(await redundant("create index on places (street, id)")).toEqual([]);
  expect(await redundant("create index on places using gin (to_tsvector('simple', city))")).toEqual([]);
});

const measurements = `
create table measurements (id int, at date not null, value int) partition by range (at);
create table measurements_1 partition of measurements for values from ('2026-01-01') to ('2026-02-01');
create table measurements_2 partition of measurements for values from ('2026-02-01') to ('2026-03-01');
insert into measurements select i, date '2026-01-01' + i % 59, i % 10 from generate_series(1, 20000) i;
analyze measurements;`;

test("partitions are added up: built one by one and concurrently they are read twice, else once, and writes are blocked", async () => {
  const catalog = await wholeCatalog((await freshDatabase(18, measurements)).url);
  const blocks = catalog.tables.reduce((sum, { size }) => sum + size.blocks, 0);
  const at = (sql: string) => priceIn(catalog, sql);
  const { bytes, build: atOnce } = await at("create index on measurements (value)");
  expect(atOnce).toMatchObject({
    lock: "SHARE",
    blocks: "writes",
    readsBlocks: blocks,
    sortsRows: 20000,
    writesBlocks: bytes / 8192,
  });
  const { build: oneByOne } = await at("create index concurrently on measurements (value)");
  expect(oneByOne).toMatchObject({ lock: "SHARE UPDATE EXCLUSIVE", readsBlocks: 2 * blocks });
  expect(oneByOne.waitsFor[0]).toContain("the partitioned table");
});

/** Phases of the one CREATE INDEX CONCURRENTLY that runs in this database, until it waits in the given one. */
async function waiting(client: pg.Client, phase: string): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ phase: string }>(
      "select phase from pg_stat_progress_create_index where datname = current_database()",
    );
    if (rows[0]?.phase === phase) return;
  }
}

const scansOf = async (client: pg.Client) => {
  await client.query("select pg_stat_force_next_flush()");
  const { rows } = await client.query<{ scans: string }>("select seq_scan as scans from pg_stat_all_tables where relname = 'accounts'");
  return Number(rows[0]?.scans);
};

test.each(versions)(
  "CREATE INDEX CONCURRENTLY of PostgreSQL %i waits for writers twice and for older snapshots, and reads the table twice",
  async (version) => {
    const { url } = await freshDatabase(version, `${accounts} create table elsewhere (id int);`);
    const [builder, writer, later, idle, reader, watcher] = await Promise.all(Array.from({ length: 6 }, () => connect(url)));
    if (!builder || !writer || !later || !idle || !reader || !watcher) throw new Error("no connection");
    const before = await scansOf(builder);
    await writer.query("begin; update accounts set balance = 1 where id = 1");
    // Has read the table, and holds no snapshot between its statements: nobody waits for it.
    await idle.query("begin; select from accounts limit 1");
    await reader.query("begin isolation level repeatable read; select from elsewhere");
    const built = builder.query("create index concurrently accounts_status on accounts (status)");
    await waiting(watcher, "waiting for writers before build");
    await later.query("begin; update accounts set balance = 1 where id = 2");
    await writer.query("commit");
    await waiting(watcher, "waiting for writers before validation");
    await later.query("commit");
    await waiting(watcher, "waiting for old snapshots");
    await reader.query("commit");
    await built;
    await idle.query("commit");
    expect((await scansOf(builder)) - before).toBe(2);
  },
);

test.each(versions)("a concurrent build of PostgreSQL %i that fails leaves an invalid index", async (version) => {
  const { url } = await freshDatabase(version, accounts);
  const client = await connect(url);
  await client.query("create unique index concurrently accounts_status on accounts (status)").catch((error: Error) => error);
  const { rows } = await client.query("select indisvalid as valid from pg_index where indexrelid = 'accounts_status'::regclass");
  expect(rows).toEqual([{ valid: false }]);
});
