import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { readHealth } from "../../src/catalog/health.ts";
import { readSchema } from "../../src/catalog/schema.ts";
import { readSettings } from "../../src/catalog/settings.ts";
import { renderSnapshot } from "../../src/catalog/snapshot-file.ts";
import { recordSnapshot } from "../../src/catalog/snapshot-record.ts";
import type { Evidence } from "../../src/maturity/evidence.ts";
import { maturityOf } from "../../src/maturity/maturity.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { hasPgBouncer, startPooler } from "../postgres/pgbouncer.ts";
import { type Cluster, createDatabase, startCluster, startStandby, type Version } from "../postgres/server.ts";
import { connect, textOf } from "../tools/client.ts";
import { readDatabase } from "../twin/twin.ts";

const versions: readonly Version[] = [15, 18];
const clusters: Cluster[] = [];
const servers = new Map<Version, Cluster>();
const folder = await mkdtemp(join(tmpdir(), "maturity-"));

/** What a server of the highest level is given; its databases differ. */
const settings = {
  shared_preload_libraries: "pg_stat_statements",
  archive_mode: "on",
  archive_command: "true",
  log_min_duration_statement: "1000",
  max_connections: "20",
  wal_keep_size: "256MB",
};
const access = ["host all all 127.0.0.1/32 scram-sha-256", "host replication all 127.0.0.1/32 scram-sha-256"];

const adHoc = `
  create table "Customers" ("Id" int, "Phone1" text, "Phone2" text, "Phone3" text);
  create table "Orders" ("Id" int, "CustomerId" int)`;

const shop = `
  create table schema_migrations (version text primary key);
  create table customers (id bigint generated always as identity primary key, tenant_id int not null, name text);
  create table orders (id bigint generated always as identity primary key, customer_id bigint not null references customers, placed_at timestamptz, note text);
  insert into customers (tenant_id, name) select i % 5, 'n' || i from generate_series(1, 2000) i;
  insert into orders (customer_id, placed_at, note) select i % 2000 + 1, now(), 'n' from generate_series(1, 5000) i;
  analyze`;

const withIndex = "create index on orders (customer_id)";
const withTenants = "alter table customers enable row level security; create policy own on customers using (tenant_id = 1)";
const withView = "create materialized view sales as select customer_id, count(*) from orders group by 1";
const withStatements = "create extension pg_stat_statements";
const withParts =
  "create table events (at date primary key) partition by range (at); create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01')";
const nearlyFull = "create table tickets (id serial primary key); select setval('tickets_id_seq', 2000000000)";

/** What is called in a database, so that there is something to read. */
const byKey = ["select note from orders where customer_id = $1", "select id from orders where id > $1 order by id limit 10"];
const byOffset = [
  "select id from orders order by id limit 10 offset $1",
  "select id from orders where note = $1",
  "select id from customers where name = $1",
];

interface Made {
  readonly sql: readonly string[];
  readonly calls: readonly string[];
  readonly level: number;
}

const made = {
  "ad hoc": { sql: [adHoc], calls: [], level: 1 },
  structured: { sql: [shop], calls: [], level: 2 },
  optimised: { sql: [shop, withIndex, withTenants, withView], calls: [], level: 3 },
  scalable: { sql: [shop, withIndex, withTenants, withStatements, withParts, nearlyFull], calls: byKey, level: 4 },
  "cloud-native": { sql: [shop, withIndex, withTenants, withStatements, withParts], calls: byKey, level: 5 },
  unindexed: { sql: [shop, withIndex, withTenants, withStatements], calls: byOffset, level: 1 },
} satisfies Record<string, Made>;
type Name = keyof typeof made;
const names = Object.keys(made) as Name[];

const urls = new Map<string, string>();
const urlOf = (version: Version, name: Name) => urls.get(`${version} ${name}`) ?? "";

beforeAll(async () => {
  for (const version of versions) {
    const primary = await startCluster(version, { settings, access });
    servers.set(version, primary);
    clusters.push(primary);
    for (const name of names) {
      const { sql, calls } = made[name];
      const { url } = await createDatabase(primary, sql.join(";\n"));
      urls.set(`${version} ${name}`, url);
      await call(url, calls);
    }
    clusters.unshift(await startStandby(primary));
    await inDatabase(primary.url(), async (client) => {
      await client.query("select pg_switch_wal()");
      for (let turn = 0; turn < 100; turn++) {
        const { rows } = await client.query("select from pg_stat_archiver, pg_stat_replication where archived_count > 0");
        if (rows.length > 0) return;
        await sleep(100);
      }
      throw new Error("Nothing was archived, or nobody follows.");
    });
  }
}, 240_000);

afterAll(async () => {
  for (const cluster of clusters) await cluster.stop();
  await rm(folder, { recursive: true });
});

async function inDatabase<Result>(url: string, ask: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await ask(client);
  } finally {
    await client.end();
  }
}

const call = (url: string, statements: readonly string[]) =>
  inDatabase(url, async (client) => {
    for (const sql of statements) await client.query({ text: sql, values: [sql.includes("note =") || sql.includes("name =") ? "n7" : 7] });
  });

interface Told {
  readonly level: number;
  readonly name: string;
  readonly indicators: readonly {
    level: number;
    name: string;
    state: string;
    value: string;
    needs?: string;
    ask?: string;
    step?: string;
  }[];
  readonly steps: readonly string[];
}

async function maturityIn(environment: Record<string, string>, format = "concise") {
  const client = await connect({ environment });
  const answer = await client.callTool({ name: "check_health", arguments: { checks: ["maturity"], response_format: format } });
  expect(answer.isError, textOf(answer)).toBeFalsy();
  return { text: textOf(answer), told: (answer.structuredContent as { maturity: Told }).maturity };
}

const of = (told: Told, name: string, level?: number) => {
  const found = told.indicators.find((each) => each.name === name && (level === undefined || each.level === level));
  if (!found) throw new Error(`there is no indicator ${name}`);
  return found;
};

const cases = versions.flatMap((version) => names.map((name) => ({ version, name, level: made[name].level })));

test.each(cases)(
  "a server of PostgreSQL $version that is $name is of level $level, with a value, a question or a step for each indicator",
  async ({ version, name, level }) => {
    const { told, text } = await maturityIn({ DATABASE_URL: urlOf(version, name) });
    expect(told.level, text).toBe(level);
    expect(text).toContain(`maturity level ${level} of 5`);
    for (const { state, value, needs, ask, step } of told.indicators) {
      expect(value).not.toBe("");
      expect([needs !== undefined, ask !== undefined, step !== undefined]).toEqual([
        state !== "cannot be seen",
        state === "cannot be seen",
        state === "not met",
      ]);
    }
    expect(told.steps).toHaveLength(3);
  },
);

/** Everything that can be measured here. What one state of it looks like on which database, in order of the states. */
const seen: Readonly<Record<string, { readonly met: Name; readonly not?: Name; readonly unseen?: Name }>> = {
  "primary keys": { met: "structured", not: "ad hoc" },
  "versioned migrations": { met: "structured", not: "ad hoc" },
  "normal form": { met: "structured", not: "ad hoc" },
  names: { met: "structured", not: "ad hoc" },
  "index coverage": { met: "cloud-native", not: "unindexed", unseen: "structured" },
  "foreign keys with an index": { met: "optimised", not: "structured", unseen: "ad hoc" },
  "row-level security between tenants": { met: "optimised", not: "structured", unseen: "ad hoc" },
  "materialized views": { met: "optimised", unseen: "structured" },
  pg_stat_statements: { met: "scalable", not: "optimised" },
  partitions: { met: "scalable", unseen: "optimised" },
  "pages by key": { met: "scalable", not: "unindexed", unseen: "optimised" },
  "room in the sequences": { met: "cloud-native", not: "scalable", unseen: "ad hoc" },
};

test.each(versions)("each indicator is met where it should be and fails or is a question elsewhere on PostgreSQL %i", async (version) => {
  const told = new Map<Name, Told>();
  for (const name of names) told.set(name, (await maturityIn({ DATABASE_URL: urlOf(version, name) }, "detailed")).told);
  const stateIn = (name: Name | undefined, indicator: string) => {
    const found = name === undefined ? undefined : told.get(name);
    return found && of(found, indicator).state;
  };
  const states = Object.entries(seen).map(([indicator, { met, not, unseen }]) => [
    indicator,
    [stateIn(met, indicator), stateIn(not, indicator), stateIn(unseen, indicator)],
  ]);
  expect(states).toEqual(
    Object.entries(seen).map(([indicator, { not, unseen }]) => [indicator, ["met", not && "not met", unseen && "cannot be seen"]]),
  );
});

test.each(versions)("the values are what PostgreSQL %i says itself", async (version) => {
  const { told } = await maturityIn({ DATABASE_URL: urlOf(version, "unindexed") }, "detailed");
  expect(of(told, "index coverage", 4)).toMatchObject({
    state: "not met",
    value: "an index begins with a column of 0 of 2 predicates (0 %, and 0 % of their calls); without: customers (name), orders (note)",
    needs: "more than 80 %",
  });
  expect(of(told, "pages by key").value).toBe("1 of 1 statements with LIMIT skip rows by OFFSET");
  expect(of(told, "p95 below 500 ms")).toMatchObject({
    state: "cannot be seen",
    value: expect.stringMatching(/^pg_stat_statements keeps no percentile; 0 of \d+ statements take more than 500 ms in the mean$/),
  });
  const { rows } = await inDatabase(urlOf(version, "unindexed"), (client) =>
    client.query<{ share: number }>("select floor(100.0 * last_value / 9223372036854775807)::int as share from orders_id_seq"),
  );
  expect(of(told, "room in the sequences").value).toContain(`has given out ${rows[0]?.share} % of its values, which is the most of 2`);
});

test.each(versions)("a server that is run without more fails where the other did not on PostgreSQL %i", async (version) => {
  const { url } = await freshDatabase(version, "create table accounts (id int primary key)");
  const { told } = await maturityIn({ DATABASE_URL: url });
  expect(told.level).toBe(1);
  expect(
    ["backups", "slow statements in the log", "read replicas", "recovery to a point in time", "pg_stat_statements"].map(
      (name) => of(told, name).state,
    ),
  ).toEqual(["cannot be seen", "not met", "not met", "not met", "not met"]);
  const primary = await maturityIn({ DATABASE_URL: urlOf(version, "cloud-native") });
  expect(
    ["backups", "slow statements in the log", "read replicas", "recovery to a point in time"].map((name) => of(primary.told, name).state),
  ).toEqual(Array(4).fill("met"));
});

test.each(versions)("connections that are nearly all taken are told, and a pooler by its name, on PostgreSQL %i", async (version) => {
  const url = urlOf(version, "structured");
  expect(of((await maturityIn({ DATABASE_URL: url })).told, "connections in use").state).toBe("met");
  expect(of((await maturityIn({ DATABASE_URL: url })).told, "pooler").state).toBe("cannot be seen");
  const taken = Array.from({ length: 13 }, () => new pg.Client({ connectionString: url, application_name: "Supavisor" }));
  for (const client of taken) await client.connect();
  onTestFinished(async () => {
    for (const client of taken) await client.end();
  });
  const { told } = await maturityIn({ DATABASE_URL: url });
  expect(of(told, "connections in use")).toMatchObject({ state: "not met", value: expect.stringMatching(/^1\d of 17 /) });
  expect(of(told, "pooler")).toMatchObject({ state: "met", value: "Supavisor by application_name of 13 connections" });
});

test.skipIf(!hasPgBouncer).each(versions)(
  "a PgBouncer that adds the client's address is seen on PostgreSQL %i, and one that does not is asked about",
  async (version) => {
    const url = urlOf(version, "structured");
    const { port, password } = new URL(url);
    const stateThrough = async (settings: Record<string, string | number>) => {
      const pooler = await startPooler({ port: Number(port), users: { postgres: password }, settings });
      const client = new pg.Client({ connectionString: Object.assign(new URL(url), { port: pooler.port }).href, application_name: "shop" });
      await client.connect();
      await client.query("select 1");
      const found = of((await maturityIn({ DATABASE_URL: url })).told, "pooler");
      await client.end();
      await pooler.stop();
      return found;
    };
    expect(await stateThrough({ application_name_add_host: 1 })).toMatchObject({
      state: "met",
      value: "PgBouncer by application_name of 1 connection",
    });
    expect(await stateThrough({})).toMatchObject({ state: "cannot be seen" });
  },
);

test("a snapshot is judged by what it keeps, and says what it does not", async () => {
  const url = urlOf(18, "cloud-native");
  const file = join(folder, "snapshot.json");
  await readDatabase(url, async (_, database) =>
    writeFile(file, renderSnapshot(await recordSnapshot(database, { product: "test", values: false, statement: async (text) => text }))),
  );
  const client = await connect({ args: ["--snapshot", file] });
  const answer = await client.callTool({ name: "check_health", arguments: { checks: ["maturity"] } });
  const { maturity } = answer.structuredContent as { maturity: Told };
  expect(maturity.level, textOf(answer)).toBe(5);
  expect(["pooler", "connections in use"].map((name) => of(maturity, name).value)).toEqual(
    Array(2).fill("a snapshot keeps nothing of connections"),
  );
});

test("it is told to those who ask for it, beside what else they ask for", async () => {
  const client = await connect({ environment: { DATABASE_URL: urlOf(18, "optimised") } });
  const plain = await client.callTool({ name: "check_health", arguments: {} });
  expect(plain.structuredContent).not.toHaveProperty("maturity");
  const both = await client.callTool({ name: "check_health", arguments: { checks: ["backups", "maturity"] } });
  expect(both.structuredContent).toMatchObject({
    examined: { checks: ["backups", "maturity"] },
    maturity: { level: 3, name: "optimised" },
  });
  expect(textOf(both)).toMatch(/Verdict: .*(info|nothing found|warning).*; maturity level 3 of 5 \(optimised\)/);
});

test("a role that may only connect is told less and nothing false", async () => {
  const url = urlOf(18, "cloud-native");
  await inDatabase(url, (client) => client.query("create role stranger login password 's'"));
  const { told } = await maturityIn({ DATABASE_URL: Object.assign(new URL(url), { username: "stranger", password: "s" }).href });
  expect(
    ["pg_stat_statements", "index coverage", "read replicas", "versioned migrations", "backups"].map((name) => of(told, name).state),
  ).toEqual(["met", "cannot be seen", "met", "met", "met"]);
});

/** Read from a server, for what none here can be made to show. */
const evidenceOf = (url: string): Promise<Evidence> =>
  readDatabase(url, async (_, database) => {
    const settings = await readSettings(database);
    const schema = await readSchema(database, { settings });
    return {
      schema,
      tables: schema.tables,
      migrations: [],
      denormalised: [],
      health: await readHealth(database, settings),
      standbys: [],
      poolers: [],
      statements: { state: "left out", why: "the snapshot was written without the workload" },
    };
  });

test.each(versions)(
  "large tables, failing archives, platforms and extensions of PostgreSQL %i are judged by what the catalog says of them",
  async (version) => {
    const evidence = await evidenceOf(urlOf(version, "optimised"));
    const stateOf = (changed: Evidence, name: string) => maturityOf(changed).indicators.find((each) => each.name === name);
    const { schema, health } = evidence;

    const large = schema.tables.map((table) => (table.name === "orders" ? { ...table, bytes: 200 * 1024 ** 3 } : table));
    expect(stateOf({ ...evidence, schema: { ...schema, tables: large } }, "partitions")).toMatchObject({
      state: "not met",
      value: "orders: more than 100 GB in one piece",
    });

    const vector = { name: "vector", schema: "public", version: "0.8.0", defaultVersion: "0.8.0" };
    expect(stateOf(evidence, "kinds of database")).toMatchObject({ state: "cannot be seen" });
    expect(stateOf({ ...evidence, schema: { ...schema, extensions: [vector] } }, "kinds of database")).toMatchObject({
      state: "met",
      value: "vector (vectors)",
    });

    if (!health.counters) throw new Error("the counters were not read");
    const failing = {
      ...health,
      counters: { ...health.counters, lastArchived: undefined, lastArchiveFailure: health.counters.now, archiveFailures: 3 },
    };
    for (const name of ["backups", "recovery to a point in time"]) {
      expect(stateOf(evidence, name)).toMatchObject({ state: "met" });
      expect(stateOf({ ...evidence, health: failing }, name)).toMatchObject({
        state: "not met",
        value: expect.stringMatching(/last never, 3 failures$/),
      });
      const managed = { ...health, settings: new Map([...health.settings, ["platform", "Cloud SQL"]]) };
      expect(stateOf({ ...evidence, health: managed }, name)).toMatchObject({
        state: "cannot be seen",
        value: expect.stringMatching(/^Cloud SQL /),
      });
    }

    const role = { pooler: "PgBouncer", by: "role", connections: 0 } as const;
    expect(stateOf({ ...evidence, poolers: [role] }, "pooler")).toMatchObject({
      state: "cannot be seen",
      value: expect.stringContaining("there is a role pgbouncer"),
    });
  },
);
