import pg from "pg";
import { type Plan, type PlanNode, parsePlan } from "../../src/plan/plan.ts";
import { shapeOf } from "../../src/plan/shape.ts";
import { openServices } from "../../src/runtime.ts";
import { parseStatements, type Statement } from "../../src/sql/parse.ts";
import { placeholdersOf, relationsOf } from "../../src/sql/relations.ts";
import { type Subject, withSchema } from "../../src/tools/schema.ts";
import type { Context } from "../../src/tools/tool.ts";
import { namedBy } from "../../src/tools/wanted.ts";
import { statisticsDefinition } from "../../src/twin/statistics.ts";
import { openTwin, type Twin, type TwinOptions } from "../../src/twin/twin.ts";
import type { Loaded, Query } from "./workloads.ts";

export interface Asked extends Query {
  readonly statement: Statement;
}

interface Explained {
  readonly plan: Plan;
  readonly json: unknown;
}

/** The same statement, planned by a server and by a twin of it. */
export interface Compared extends Asked, Likeness {
  readonly twin: Explained;
  readonly real: Explained;
  /** Statements that give another server of 18 the statistics that ANALYZE drew by lot here. */
  readonly drawn: readonly string[];
}

export interface Likeness {
  /** Cost of the twin's plan over that of the server's. */
  readonly ratio: number;
  readonly sameShape: boolean;
  /** Each relation is read by the same index, or by none. */
  readonly sameScans: boolean;
  /** The largest factor between the rows that the two expect of a node; 1 where the shapes differ. */
  readonly rows: number;
}

export interface Comparison {
  readonly compared: readonly Compared[];
  /** What the twin said was missing from it. */
  readonly limits: readonly string[];
  /** What it could not plan, and what Postgres said to it. */
  readonly refused: readonly string[];
}

const root = new URL("../../", import.meta.url);

/** Plans each query as the tools do: a twin is told what the query needs, read from the server, and nothing else. */
export async function compare(loaded: Loaded, queries: readonly Query[], sizes: TwinOptions["sizes"] = "hook"): Promise<Comparison> {
  const asked = await Promise.all(queries.map(parsed));
  const twin = openTwin({ folder: new URL("dist/", root), sizes });
  const parts: Comparison[] = [];
  try {
    await withClient(loaded.url, async (client) => {
      for (const group of groupsOf(asked)) parts.push(await compareGroup(group, loaded, { client, twin }));
    });
  } finally {
    await twin.close();
  }
  return {
    compared: parts.flatMap(({ compared }) => compared),
    limits: [...new Set(parts.flatMap(({ limits }) => limits))],
    refused: parts.flatMap(({ refused }) => refused),
  };
}

/** With services of their own, which remember no tables of earlier queries. */
async function compareGroup(
  group: readonly Asked[],
  { url, version }: Loaded,
  { client, twin }: { client: pg.Client; twin: Twin },
): Promise<Comparison> {
  const services = openServices({
    environment: { DATABASE_URL: url },
    access: { level: "catalog", trusted: [], analyzeAsSuperuser: false },
    root,
  });
  const context: Context = {
    ...services,
    twin,
    cause: { name: "analyze_query" },
    signal: new AbortController().signal,
    progress: () => undefined,
    draw: () => undefined,
  };
  const compared: Compared[] = [];
  const refused: string[] = [];
  try {
    return await withSchema({ input: {}, choose: namedBy(group.map(({ statement }) => statement)) }, context, async (subject) => {
      const drawn = drawnByLot(subject);
      for (const query of group) {
        const real = await planOfServer(client, query, version);
        const planned = await planOfTwin(subject, query);
        if ("refused" in planned) refused.push(`${query.name}: ${planned.refused}`);
        else compared.push({ ...query, twin: planned, real, drawn, ...likeness(planned, real, version) });
      }
      return { compared, limits: subject.limits, refused };
    });
  } finally {
    await services.close();
  }
}

async function parsed(query: Query): Promise<Asked> {
  const [statement] = await parseStatements(query.sql);
  if (!statement) throw new Error(`${query.name} is empty`);
  return { ...query, statement };
}

/** Queries that one twin is built for: of the same relations, or to be quick of a few more. */
const TOGETHER = process.env.LONG === undefined ? 8 : 1;

function groupsOf(asked: readonly Asked[]): readonly (readonly Asked[])[] {
  const groups = new Map<string, Asked[]>();
  for (const query of asked) {
    const names = relationsOf(query.statement).map(({ schema, name }) => JSON.stringify([schema, name]));
    const key = [...new Set(names)].sort().join();
    groups.set(key, [...(groups.get(key) ?? []), query]);
  }
  const all = [...groups.values()];
  return Array.from({ length: Math.ceil(all.length / TOGETHER) }, (_, place) => all.slice(place * TOGETHER, (place + 1) * TOGETHER).flat());
}

/** ANALYZE reads 300 rows for each unit of `default_statistics_target`, 100: where a table has more, two servers draw different ones. */
const SAMPLED_ROWS = 30_000;

function drawnByLot({ catalog: { tables, statistics } }: Subject): readonly string[] {
  const large = new Set(tables.filter(({ rows = 0 }) => rows > SAMPLED_ROWS).map(({ schema, name }) => `${schema}.${name}`));
  return statistics.filter(({ schema, relation }) => large.has(`${schema}.${relation}`)).map((column) => statisticsDefinition(column).sql);
}

async function planOfTwin({ session, directory }: Subject, { statement }: Asked): Promise<Explained | { refused: string }> {
  const { searchPath } = directory.settings;
  const explained = await session.explain({ sql: statement.text, searchPath, generic: placeholdersOf(statement).length > 0 });
  if (explained.refused) return { refused: explained.refused.message };
  if (!explained.plan) return { refused: "no plan" };
  return { plan: parsePlan(explained.plan), json: explained.plan };
}

async function planOfServer(client: pg.Client, { name, statement }: Asked, version: number): Promise<Explained> {
  const results = await client.query(explaining(statement, version)).catch((cause: unknown) => {
    throw new Error(`PostgreSQL ${version} refuses ${name}`, { cause });
  });
  const json = [results].flat().findLast(({ rows }) => rows.length > 0)?.rows[0]["QUERY PLAN"];
  return { plan: parsePlan(json), json };
}

/** Before 16 only EXECUTE plans a statement whose parameters are unknown. */
function explaining(statement: Statement, version: number): string {
  const unknown = placeholdersOf(statement).map(() => "null");
  if (unknown.length === 0) return `explain (verbose, format json) ${statement.text}`;
  if (version >= 16) return `explain (verbose, format json, generic_plan) ${statement.text}`;
  return `prepare asked as ${statement.text}; set plan_cache_mode = force_generic_plan; explain (verbose, format json) execute asked (${unknown.join(", ")}); reset plan_cache_mode; deallocate asked`;
}

/** What 15 cannot switch on (https://www.postgresql.org/docs/18/runtime-config-query.html). */
const newer = ["enable_self_join_elimination", "enable_distinct_reordering", "enable_group_by_reordering", "enable_presorted_aggregate"];

/** How a twin of 15 planned, beside a real 18 that holds the same rows and is told the same statistics: what 18 does otherwise than 15 is not the twin's doing. */
export const besideNewer = ({ url, version }: Loaded, compared: readonly Compared[]): Promise<readonly Likeness[]> =>
  withClient(url, async (client) => {
    const seen: Likeness[] = [];
    for (const query of compared) {
      await client.query("begin");
      for (const statement of [...newer.map((setting) => `set local ${setting} = off`), ...query.drawn]) await client.query(statement);
      seen.push(likeness(query.twin, await planOfServer(client, query, version), 0));
      await client.query("rollback");
    }
    return seen;
  });

async function withClient<Result>(url: string, use: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** The version of PGlite: a server of this version prints the same words for the same plan, conditions and all. */
const OWN_VERSION = 18;

function likeness(twin: Explained, real: Explained, version: number): Likeness {
  const sameNodes = shapeOf(twin.plan) === shapeOf(real.plan);
  const sameShape = sameNodes && (version !== OWN_VERSION || wordsOf(twin.json) === wordsOf(real.json));
  return {
    ratio: twin.plan.root.totalCost / real.plan.root.totalCost,
    sameShape,
    sameScans: scansOf(twin.plan) === scansOf(real.plan),
    rows: sameShape ? Math.max(...twin.plan.nodes.map((node, at) => factor(node.planRows, real.plan.nodes[at]?.planRows ?? 0))) : 1,
  };
}

/** A table that has lost a column at home has never had it in the twin: then a node hands up other columns than it needs, at no cost. */
const leftOut = new Set(["Startup Cost", "Total Cost", "Plan Rows", "Plan Width", "Output"]);
const wordsOf = (json: unknown) => JSON.stringify(json, (key, value) => (leftOut.has(key) ? undefined : value));

const scansOf = ({ nodes }: Plan) => nodes.flatMap(scanOf).sort().join(", ");

function scanOf({ relation, index, type }: PlanNode): readonly string[] {
  if (relation === undefined && index === undefined) return [];
  return [[type, relation?.name, relation?.alias, index].filter(Boolean).join(" ")];
}

const factor = (a: number, b: number) => Math.max(a, b, 1) / Math.max(1, Math.min(a, b));
