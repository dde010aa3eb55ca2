import { readFileSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { type Candidate, candidateIn } from "../../src/indexes/candidate.ts";
import { createTrials } from "../../src/indexes/trial.ts";
import { type Plan, parsePlan } from "../../src/plan/plan.ts";
import { parseStatements } from "../../src/sql/parse.ts";
import { build } from "../../src/twin/build.ts";
import type { Session } from "../../src/twin/twin.ts";

export interface Wanted {
  /** CREATE INDEX, without a name. */
  readonly index: string;
  readonly queries: readonly string[];
}

/** What came of one candidate. */
export interface Tried {
  /** Why there is no such index. */
  readonly refused: string | undefined;
  readonly blocks: number;
  readonly limits: readonly string[];
  /** For each query, with this index and none of the others. */
  readonly answers: readonly { readonly cost: number; readonly used: boolean; readonly rows: number }[];
}

const TABLES = "orders, people, articles, stays, readings, events, documents, documents_old, customers";
const folder = join(process.cwd(), "bench", "candidates");

/** Paragraphs of candidates.sql. */
export function readCandidates(): readonly Wanted[] {
  const text = readFileSync(join(folder, "candidates.sql"), "utf8").replaceAll(/^--.*\n/gm, "");
  return text
    .split(/\n\s*\n/)
    .map((paragraph) =>
      paragraph
        .split(/;\s*(?:\n|$)/)
        .map((statement) => statement.trim())
        .filter((statement) => statement !== ""),
    )
    .flatMap(([index, ...queries]) => (index === undefined ? [] : [{ index, queries }]));
}

/** Of how many rows one is loaded, over the same ranges of values. All of them take fifteen seconds a server. */
const thinned = process.env.LONG === undefined ? 4 : 1;

/** Loads the data of the candidates into an empty database. */
export async function loadData(client: pg.Client): Promise<void> {
  const data = readFileSync(join(folder, "data.sql"), "utf8");
  await client.query(data.replaceAll(/(generate_series\(1, \d+)\)/g, `$1, ${thinned})`));
  await client.query(`vacuum (analyze) ${TABLES}`);
}

/** What the twin says of each candidate. */
export async function predict(session: Session, catalog: Catalog, wanted: readonly Wanted[]): Promise<readonly Tried[]> {
  await build(session, catalog);
  const { searchPath } = catalog.settings;
  const candidates = await Promise.all(wanted.map(({ index }) => read(index, catalog)));
  const { trials, refused } = await createTrials(session, { candidates, tables: catalog.tables, searchPath });
  const tried: Tried[] = [];
  for (const [position, candidate] of candidates.entries()) {
    const trial = trials.find((each) => each.candidate === candidate);
    if (!trial) {
      const no = refused.find((each) => each.candidate === candidate);
      // Neither tried nor refused: no figure is to hide that.
      if (!no) throw new Error(`lost: ${wanted[position]?.index}`);
      tried.push({ refused: no.message, blocks: 0, limits: [], answers: [] });
      continue;
    }
    const hidden = trials.flatMap((other) => (other === trial ? [] : other.oids));
    const answers = [];
    for (const sql of wanted[position]?.queries ?? []) {
      const explained = await session.explain({ sql, searchPath, generic: false, hidden });
      if (explained.refused) throw new Error(`${sql}: ${explained.refused.message}`);
      answers.push(answerOf(parsePlan(explained.plan), trial.names));
    }
    tried.push({ refused: undefined, blocks: trial.bytes / 8192, limits: trial.limits, answers });
  }
  return tried;
}

async function read(index: string, { tables }: Catalog): Promise<Candidate> {
  const [statement] = await parseStatements(index);
  const candidate = statement && candidateIn(statement, ({ name }) => tables.find((table) => table.name === name));
  if (!candidate) throw new Error(`no candidate: ${index}`);
  return candidate;
}

const answerOf = ({ root, nodes }: Plan, names: readonly string[]) => ({
  cost: root.totalCost,
  used: nodes.some(({ index }) => index !== undefined && names.includes(index)),
  rows: nodes.find(({ relation }) => relation !== undefined)?.planRows ?? 0,
});

/** Builds all of them for real, has ANALYZE look at their expressions, and asks with one of them valid at a time. */
export async function buildAll(client: pg.Client, wanted: readonly Wanted[]): Promise<readonly Tried[]> {
  const refusals = [];
  for (const [position, { index }] of wanted.entries()) refusals.push(await refusalOf(client, nameIt(index, `built_${position}`)));
  await client.query(`analyze ${TABLES}`);
  const { rows: parts } = await client.query<{ root: string; name: string; oid: number; blocks: number }>(
    `with recursive part (root, oid) as (
         select relname, oid from pg_class where relname ~ '^built_[0-9]+$'
       union all select root, inhrelid from part join pg_inherits on inhparent = part.oid)
     select root::text, relname::text as name, c.oid::int4 as oid, case relkind when 'i' then (pg_relation_size(c.oid) / 8192)::int4 else 0 end as blocks
       from part join pg_class c on c.oid = part.oid`,
  );
  const validate = (oids: readonly number[], valid: string) =>
    client.query(`update pg_index set indisvalid = ${valid} where indexrelid = any ($1)`, [oids]);
  await validate(
    parts.map(({ oid }) => oid),
    "false",
  );
  const tried: Tried[] = [];
  for (const [position, { queries }] of wanted.entries()) {
    const own = parts.filter(({ root }) => root === `built_${position}`);
    const oids = own.map(({ oid }) => oid);
    await validate(oids, "true");
    const answers = [];
    for (const sql of refusals[position] === undefined ? queries : []) {
      const { rows } = await client.query(`explain (verbose, format json) ${sql}`);
      answers.push(
        answerOf(
          parsePlan(rows[0]["QUERY PLAN"]),
          own.map(({ name }) => name),
        ),
      );
    }
    await validate(oids, "false");
    tried.push({ refused: refusals[position], blocks: own.reduce((sum, { blocks }) => sum + blocks, 0), limits: [], answers });
  }
  return tried;
}

const nameIt = (index: string, name: string) => index.replace(/\bindex on\b/, `index ${name} on`);

async function refusalOf(client: pg.Client, sql: string): Promise<string | undefined> {
  try {
    await client.query(sql);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
