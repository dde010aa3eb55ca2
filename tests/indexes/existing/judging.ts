import pg from "pg";
import { afterAll } from "vitest";
import type { Catalog } from "../../../src/catalog/catalog.ts";
import type { Index } from "../../../src/catalog/indexes.ts";
import { readConfig } from "../../../src/config.ts";
import type { Circumstances } from "../../../src/indexes/existing/circumstances.ts";
import { type Judged, judgeIndexes } from "../../../src/indexes/existing/judge.ts";
import { explain } from "../../../src/indexes/planner.ts";
import { openServices } from "../../../src/runtime.ts";
import { parseStatements } from "../../../src/sql/parse.ts";
import { readCircumstances } from "../../../src/tools/circumstances.ts";
import { build, needsOf } from "../../../src/twin/build.ts";
import type { Session } from "../../../src/twin/twin.ts";
import { type Cluster, startCluster, startStandby } from "../../postgres/server.ts";
import { startTwin, wholeCatalog } from "../../twin/twin.ts";
import { failures, scansOnPrimary, scansOnStandby, schema } from "./world.ts";

export const versions = [15, 18] as const;
export type Version = (typeof versions)[number];

const access = ["local all all", "host all all 127.0.0.1/32", "host replication all 127.0.0.1/32"].map((line) => `${line} scram-sha-256`);

/** A primary with the world in it and a standby that follows it, each with scans of its own. */
export interface World {
  readonly primary: Cluster;
  readonly standby: Cluster;
  readonly catalog: Catalog;
  /** As the tool reads them, the standby being configured. */
  readonly circumstances: Circumstances;
}

export async function startWorld(version: Version): Promise<World> {
  const primary = await startCluster(version, { access, settings: { autovacuum: "off" } });
  afterAll(() => primary.stop());
  await run(primary.url(), schema);
  for (const failure of failures) await run(primary.url(), failure).catch(() => undefined);
  await run(primary.url(), scansOnPrimary);
  const standby = await startStandby(primary);
  afterAll(() => standby.stop());
  await run(standby.url(), scansOnStandby);
  const catalog = await wholeCatalog(primary.url());
  const { circumstances } = await readFrom(catalog, { DATABASE_URL: primary.url(), DATABASE_REPLICA_URL: standby.url() });
  return { primary, standby, catalog, circumstances };
}

/** As a tool reads them in a server that is told this. */
export async function readFrom(catalog: Catalog, environment: Readonly<Record<string, string>>) {
  const config = readConfig([], environment);
  if ("mistake" in config) throw new Error(config.mistake);
  const services = openServices(config);
  try {
    return await readCircumstances(catalog, { ...services, signal: new AbortController().signal, cause: { name: "test" } });
  } finally {
    await services.close();
  }
}

/** The rows of the last statement. */
export async function run<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return [await client.query<Row>(sql)].flat().at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}

/** Plans statements in the twin with one index hidden, as the advice does. */
export async function replanner(catalog: Catalog) {
  const twin = startTwin();
  const session = await new Promise<Session>((resolve, reject) => {
    const ended = new Promise<void>((end) => afterAll(() => end()));
    const hold = async (opened: Session) => {
      await build(opened, catalog);
      resolve(opened);
      await ended;
    };
    twin.use(needsOf(catalog), hold).catch(reject);
  });
  return (queries: readonly string[]) => async (hidden: Index) => {
    const oids = await session.read<{ oid: number }>(
      `with recursive part (oid) as (select $1::regclass::oid union all select inhrelid from pg_inherits join part on inhparent = part.oid)
       select oid from part`,
      [`${hidden.schema}.${hidden.name}`],
    );
    const replanned = [];
    for (const [place, query] of queries.entries()) {
      const [statement] = await parseStatements(query);
      if (!statement) continue;
      const costs = [];
      for (const hide of [[], oids.map(({ oid }) => oid)]) {
        const { plan } = await explain({ session, searchPath: ["public"] }, statement, hide);
        costs.push(plan?.root.totalCost ?? Number.NaN);
      }
      const [before = 0, after = 0] = costs;
      replanned.push({ number: place + 1, before, after });
    }
    return replanned;
  };
}

type Question = Parameters<typeof judgeIndexes>[0];

/** Enough of a workload, none of which reads an index. */
const settled = { coverage: { share: 0.97, since: "2026-03-01T00:00:00Z" }, added: [], replan: async () => [] } satisfies Partial<Question>;

export type Asked = Pick<Question, "circumstances"> & Partial<Question>;

/** What is said of one index, whose name starts as that of its table. */
export async function judge(name: string, { catalog }: Pick<World, "catalog">, asked: Asked): Promise<Judged> {
  const near = catalog.tables.filter((table) => table.name === "customers" || table.name.startsWith(name.split("_")[0] ?? ""));
  const judged = (await judgeIndexes({ ...settled, tables: near, ...asked })).filter(({ index }) => index.name === name);
  const [only] = judged;
  if (!only || judged.length > 1) throw new Error(`${judged.length} judgements of ${name}`);
  return only;
}

const DAY = 86_400_000;

export const shifted = (time: string, days: number) => new Date(Date.parse(time) + days * DAY).toISOString();

/** The same, had all servers begun to count so many days before. */
export function counting(circumstances: Circumstances, days: number): Circumstances {
  const { asOf, counters, replicas } = circumstances;
  const since = shifted(asOf, -days);
  return {
    ...circumstances,
    counters: counters && { ...counters, since },
    replicas: replicas.map((replica) =>
      replica.failed === undefined ? { ...replica, counters: { ...replica.counters, since } } : replica,
    ),
  };
}

/** Answers differ from run to run in their days and ports. */
export const shown = (evidence: readonly string[]): string =>
  evidence
    .join("\n")
    .replaceAll(/\b20\d\d-\d\d-\d\d\b/g, "DAY")
    .replaceAll(/127\.0\.0\.1:\d+/g, "HOST");
