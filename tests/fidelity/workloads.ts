import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { queries as shopQueries } from "../../src/demo/shop.ts";
import { awkward, awkwardQueries } from "../catalog/awkward.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import type { Version } from "../postgres/server.ts";
import { copyOfShop } from "../postgres/shop.ts";
import { pruned, settings, since, queries as staleQueries, tables as staleTables } from "./stale.ts";

export interface Query {
  readonly name: string;
  readonly sql: string;
}

/** A state of a loaded database, and what is asked of it. */
export interface Stage {
  readonly name: string;
  /** What is changed since the stage before, statement by statement. */
  readonly change: (version: Version, database: string) => readonly string[];
  readonly queries: (version: Version) => readonly Query[];
}

export interface Workload {
  readonly name: string;
  /** Empty where this is left out. */
  readonly begin?: (version: Version) => Promise<{ readonly url: string }>;
  readonly scripts: (version: Version) => readonly string[];
  readonly stages: readonly Stage[];
}

/** Full size takes minutes to load. */
const long = process.env.LONG !== undefined;
const scale = (small: number, full: number) => `set bench.scale = ${long ? full : small}`;

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const queriesIn = (folder: string): readonly Query[] =>
  readdirSync(fileURLToPath(new URL(folder, import.meta.url)))
    .sort()
    .map((file) => ({ name: file.replace(/\.sql$/, ""), sql: read(`${folder}/${file}`).trim().replace(/;$/, "") }));

const set = (database: string, settings: readonly string[]) => settings.map((setting) => `alter database ${database} set ${setting}`);

const analyzed = () => ["vacuum analyze"];

/** What a server on an SSD with an application of short queries is told. */
const tuned = (_: Version, database: string) =>
  set(database, ["random_page_cost = 1.1", "max_parallel_workers_per_gather = 0", "work_mem = '32MB'", "effective_cache_size = '1GB'"]);

function oltp(): Workload {
  const queries = () => queriesIn("../../bench/oltp/queries");
  return {
    name: "OLTP",
    scripts: () => [read("../../bench/oltp/schema.sql"), scale(0.05, 1), read("../../bench/oltp/data.sql")],
    stages: [
      { name: "primary keys only", change: analyzed, queries },
      {
        name: "indexed, random_page_cost 1.1",
        change: (_, database) => [read("../../bench/oltp/indexes.sql"), ...set(database, ["random_page_cost = 1.1"]), ...analyzed()],
        queries,
      },
      { name: "indexed, tuned, no workers", change: tuned, queries },
    ],
  };
}

const tpchFolder = "../../../shared/workloads/tpch";

function tpch(): Workload {
  const queries = () => queriesIn(`${tpchFolder}/queries`);
  return {
    name: "TPC-H",
    scripts: () => [read(`${tpchFolder}/schema.sql`), scale(0.02, 1), read("tpch-data.sql")],
    stages: [
      { name: "as installed", change: analyzed, queries },
      { name: "tuned, no workers", change: tuned, queries },
    ],
  };
}

function shop(): Workload {
  const queries = () => shopQueries.map((sql, number) => ({ name: `shop ${number + 1}`, sql }));
  return {
    name: "shop",
    begin: copyOfShop,
    scripts: () => [],
    stages: [
      { name: "as installed", change: analyzed, queries },
      { name: "tuned, no workers", change: tuned, queries },
    ],
  };
}

function everyObject(): Workload {
  const queries = (version: Version) =>
    awkwardQueries.filter(({ from = 0 }) => version >= from).map(({ sql }, number) => ({ name: `object ${number + 1}`, sql }));
  return { name: "objects", scripts: (version) => [awkward(version)], stages: [{ name: "as installed", change: analyzed, queries }] };
}

function stale(): Workload {
  const queries = (version: Version) =>
    [...staleQueries, ...(version === 15 ? [] : [pruned])].map((sql, number) => ({ name: `stale ${number + 1}`, sql }));
  return {
    name: "stale statistics",
    scripts: () => [staleTables, ...since],
    stages: [{ name: "odd settings", change: (_, database) => set(database, settings), queries }],
  };
}

/** TPC-H's own files are not ours to copy: where they are not there, it is left out by name. */
export function workloads(): readonly Workload[] {
  if (existsSync(new URL(tpchFolder, import.meta.url))) return [oltp(), tpch(), everyObject(), stale(), shop()];
  console.error(`TPC-H is left out: there is no ${tpchFolder}`);
  return [oltp(), everyObject(), stale(), shop()];
}

export interface Loaded {
  readonly url: string;
  readonly version: Version;
}

/** A database with the rows of a workload, before its first stage. */
export async function load({ begin = freshDatabase, scripts }: Workload, version: Version): Promise<Loaded> {
  const { url } = await begin(version);
  await runAll(url, scripts(version));
  return { url, version };
}

export async function enter({ change }: Stage, { url, version }: Loaded): Promise<void> {
  await runAll(url, change(version, new URL(url).pathname.slice(1)));
}

/** One after the other, each on its own: VACUUM refuses company. */
async function runAll(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
