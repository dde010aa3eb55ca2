import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { readActivity } from "../../src/catalog/activity.ts";
import { readCapacity } from "../../src/catalog/capacity.ts";
import { readCatalog, readDirectory } from "../../src/catalog/catalog.ts";
import { readCounters } from "../../src/catalog/counters.ts";
import { readDefaultGrants } from "../../src/catalog/default-grants.ts";
import { readDependents, readPartNames } from "../../src/catalog/dependents.ts";
import { readFingerprint } from "../../src/catalog/fingerprint.ts";
import { readFunctionUses } from "../../src/catalog/function-uses.ts";
import { readFunctions } from "../../src/catalog/functions.ts";
import { readGuardedSchemas } from "../../src/catalog/guarded-schemas.ts";
import { type Health, readHealth } from "../../src/catalog/health.ts";
import { readIndexUse } from "../../src/catalog/index-use.ts";
import { readNeededRelations } from "../../src/catalog/names.ts";
import { readNeighbours } from "../../src/catalog/neighbours.ts";
import { readObjects } from "../../src/catalog/objects/objects.ts";
import { readOpenTransactions } from "../../src/catalog/open-transactions.ts";
import { readOrigin } from "../../src/catalog/origin.ts";
import { readPoolers } from "../../src/catalog/poolers.ts";
import { catalogQueries, queriesFor } from "../../src/catalog/queries.ts";
import { readReferrers } from "../../src/catalog/referrers.ts";
import { readReplicationSlots } from "../../src/catalog/replication-slots.ts";
import { readRights } from "../../src/catalog/rights.ts";
import { readSchema } from "../../src/catalog/schema.ts";
import { readSequences } from "../../src/catalog/sequences.ts";
import { readSettings } from "../../src/catalog/settings.ts";
import { answersOf } from "../../src/catalog/snapshot-database.ts";
import { parseSnapshot, renderSnapshot, type Snapshot } from "../../src/catalog/snapshot-file.ts";
import { recordSnapshot } from "../../src/catalog/snapshot-record.ts";
import { readStandbys } from "../../src/catalog/standbys.ts";
import { readUserTypes } from "../../src/catalog/user-types.ts";
import { readWorkload } from "../../src/catalog/workload.ts";
import type { Database } from "../../src/database/database.ts";
import { schema as shop } from "../../src/demo/shop.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { readDatabase } from "../twin/twin.ts";
import { relations, surroundings } from "./awkward.ts";

/** One word that stands in rows of every type whose statistics keep values. */
const secret = "gehe1m";
const withSecrets = `
  create table link_0 (id int primary key);
  create table link_1 (id int primary key references link_0);
  create table link_2 (id int primary key references link_1);
  create table link_3 (id int primary key references link_2);
  create table link_4 (id int primary key references link_3, outer_id int references link_0);
  create table chain_0 (id int primary key);
  create table chain_1 (id int primary key references chain_0);
  create table chain_2 (id int primary key references chain_1);
  create table chain_3 (id int primary key references chain_2);
  create table chain_4 (id int primary key references chain_3);
  create table link_part () inherits (link_2);
  create table part_of_part (also int references link_4) inherits (link_part);
  create view seen_part as select * from link_part;
  create view seen_twice as select s.id from seen_part s join link_4 l on l.id = s.id;
  create rule copied as on insert to link_0 do also insert into link_3 values (new.id);
  create type secret_range as range (subtype = text);
  create table kept (id int primary key, word text, words text[], spans secret_range, more text, doc jsonb);
  insert into kept
  select i, case when i % 3 = 0 then '${secret}' else '${secret}' || i end, array['${secret}', i::text],
         secret_range('${secret}' || i, '${secret}z'), '${secret}', jsonb_build_object('k', '${secret}' || i % 5)
    from generate_series(1, 500) i;
  create index on kept (upper(word));
  create statistics kept_both (ndistinct, dependencies, mcv) on word, more from kept;
  create statistics kept_said on (lower(word)) from kept;
  analyze kept;
`;
const everything = [...relations, ...surroundings, shop, withSecrets].join(";\n");
const versions = [15, 18] as const;
const urls: Partial<Record<15 | 18, string>> = {};

beforeAll(async () => {
  for (const version of versions) urls[version] = (await freshDatabase(version, everything)).url;
});

const recording = { product: "0.0.0", values: true, statement: async (text: string) => text };
/** As it comes back from a file. */
const reread = (snapshot: Snapshot) => parseSnapshot(renderSnapshot(snapshot), "shop.json");

/** Whatever a tool may ever ask of a database, all relations together and each by itself. */
async function readEverything(database: Database) {
  const directory = await readDirectory(database);
  // A snapshot has no rights.
  await readRights(database);
  const { settings } = directory;
  const own = directory.relations.filter((relation) => !relation.system).map(({ oid }) => oid);
  const functions = directory.functions.map(({ oid }) => oid);
  const whole = await readSchema(database, { settings });
  const each = [];
  for (const oid of own) {
    each.push({
      needed: await readNeededRelations(database, [oid]),
      dependents: await readDependents(database, [oid]),
      referrers: await readReferrers(database, [oid]),
      neighbours: await readNeighbours(database, [oid]),
      types: await readUserTypes(database, [oid]),
      functions: await readFunctions(database, { tables: [oid], named: [] }),
      sequences: await readSequences(database, { schemas: [], tables: [oid] }),
    });
  }
  const bySchema = [];
  for (const { name } of whole.schemas) {
    const inside = directory.relations.filter((relation) => relation.schema === name).map(({ oid }) => oid);
    bySchema.push(await readSchema(database, { settings, relations: inside, schemas: [name] }));
  }
  const byFunction = [];
  for (const oid of functions) byFunction.push(await readFunctions(database, { tables: [], named: [oid] }));
  return {
    directory,
    whole,
    each,
    bySchema,
    byFunction,
    catalog: await readCatalog(database, { settings, relations: own, functions }),
    backwards: await readUserTypes(database, [...own].reverse()),
    half: await readNeededRelations(database, own.slice(own.length / 2)),
    dependents: await readDependents(database, own.slice(own.length / 2)),
    parts: await readPartNames(database),
    fingerprint: await readFingerprint(database),
    origin: await readOrigin(database),
    counters: await readCounters(database),
    health: await readHealth(database, await readSettings(database)),
    poolers: await readPoolers(database),
    standbys: await readStandbys(database),
    slots: await readReplicationSlots(database),
    capacity: await readCapacity(database),
    indexUse: await readIndexUse(database, { tables: own, versionNumber: settings.versionNumber }),
    activity: await readActivity(database),
    defaultGrants: await readDefaultGrants(database),
    functionUses: await readFunctionUses(database),
    guardedSchemas: await readGuardedSchemas(database),
    open: await readOpenTransactions(database, own),
    workload: await readWorkload(database),
    objects: await readObjects(database),
  };
}

test.each(versions)("every reader answers from a snapshot of PostgreSQL %i as from the server", async (version) => {
  await readDatabase(urls[version] ?? "", async (_, live) => {
    const asked = new Set<string>();
    const watched: Database = {
      read: (sql, values) => {
        asked.add(sql);
        return live.read(sql, values);
      },
    };
    const taken = answersOf(reread(await recordSnapshot(live, recording)));
    const [here, there] = [await readEverything(watched), await readEverything(taken)];
    expect(there.activity.map(({ user, state }) => ({ user, state }))).toEqual(here.activity.map(({ user, state }) => ({ user, state })));
    // Of how the server is doing, a snapshot has what stays.
    const kept = ({ settings, timeouts, counters }: Health) => ({ settings, timeouts, counters });
    expect(kept(there.health)).toStrictEqual(kept(here.health));
    expect({ ...there, activity: [], health: undefined }).toStrictEqual({ ...here, activity: [], health: undefined });
    expect(here.each.length).toBeGreaterThan(25);
    const listed = queriesFor(here.directory.settings.versionNumber);
    expect([...asked].filter((sql) => !listed.some((query) => query.sql === sql))).toEqual([]);
    // What is read only to be recorded, what is told of the connection, and what this server does not have.
    const unasked = listed.filter(({ sql }) => !asked.has(sql)).map(({ name }) => name);
    expect(unasked).toEqual(["relation edges", "sight", "workload statements", "workload info"]);
  });
});

const source = new URL("../../src/catalog/", import.meta.url);
const files = readdirSync(source).filter((file) => file.endsWith(".ts"));

test("every statement that a reader sends is one that a snapshot records", async () => {
  const listed = new Set(catalogQueries.map(({ sql }) => sql));
  const wrong: string[] = [];
  for (const file of files) {
    const text = readFileSync(new URL(file, source), "utf8");
    const sent = [...text.matchAll(/\bdatabase\s*\.read(?:<[^(]*>)?\(((?:[^(),]|\([^()]*\))*)/g)].map(([, first = ""]) => first.trim());
    wrong.push(...sent.filter((first) => !/\bsql$/.test(first)).map((first) => `${file} sends ${first}, which is no catalogQuery`));
    for (const [name, value] of Object.entries<unknown>(await import(new URL(file, source).href))) {
      const isQuery = typeof value === "object" && value !== null && "name" in value && "sql" in value;
      if (isQuery && !listed.has(String(value.sql))) wrong.push(`queries.ts does not list ${name} of ${file}`);
    }
    const made = [...text.matchAll(/^(export )?const (\w+) = catalogQuery\b/gm)];
    wrong.push(...made.filter(([, exported]) => !exported).map(([, , name]) => `${name} of ${file} is a catalogQuery and not exported`));
  }
  expect(wrong).toEqual([]);
});

test("a query that takes values tells how a snapshot answers it", () => {
  const untold = catalogQueries.filter(({ sql, about, answer, live }) => sql.includes("$1") && !about && !answer && !live);
  expect(untold.map(({ name }) => name)).toEqual([]);
});

test.each(versions)("a snapshot of PostgreSQL %i without values has no value of a row in it", async (version) => {
  await readDatabase(urls[version] ?? "", async (_, live) => {
    const bare = renderSnapshot(await recordSnapshot(live, { ...recording, values: false }));
    expect(bare.toLowerCase()).not.toContain(secret);
    expect(bare).toContain('"n_distinct"');
    expect(parseSnapshot(bare, "shop.json").holds).not.toContain("values");
    const full = renderSnapshot(await recordSnapshot(live, recording));
    expect(full).toContain(secret);
    for (const text of [bare, full]) expect(text).not.toContain("secret words");
  });
});

const many = 10_000;
const batch = (from: number) => `
  do $$ begin
    for i in ${from}..${from + 499} loop
      execute format('create table t%s (id bigint primary key, other bigint references t%s, note text default %L, at timestamptz, amount numeric(10, 2) check (amount > 0))', i, greatest(i / 7, 0), 'x');
      execute format('create index on t%s (other, at)', i);
    end loop;
  end $$`;

test.runIf(process.env.LONG)(
  `a database of ${many} tables is recorded within the timeouts of its statements, and its file is read again`,
  async () => {
    const { url } = await freshDatabase(18);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (let from = 0; from < many; from += 500) await client.query(batch(from));
    await client.end();
    await readDatabase(url, async (_, live) => {
      const began = process.cpuUsage().user;
      const text = renderSnapshot(await recordSnapshot(live, recording));
      const taken = answersOf(parseSnapshot(text, "many.json"));
      const directory = await readDirectory(taken);
      const oid = directory.relations.find((relation) => relation.name === "t77")?.oid ?? 0;
      expect(await readDependents(taken, [oid])).toEqual(await readDependents(live, [oid]));
      expect(text.length).toBeLessThan(40_000_000);
      console.error(`${many} tables: ${text.length} bytes, ${Math.round((process.cpuUsage().user - began) / 1000)} ms CPU`);
    });
  },
  600_000,
);
