import type { Table } from "../catalog/tables.ts";
import { quote } from "../sql/quote.ts";
import type { IndexSize } from "../twin/messages.ts";
import { relationSize } from "../twin/sizes.ts";
import type { Session } from "../twin/twin.ts";
import { type Candidate, definitionFor } from "./candidate.ts";
import { createSql } from "./definition.ts";
import { estimateExpressions } from "./expression-statistics.ts";
import { roughSizes } from "./rough-size.ts";
import { sizeIndexes } from "./sized.ts";

/** A candidate that stands in the twin, at the size it would have. */
export interface Trial {
  readonly candidate: Candidate;
  /** In the twin, in the schema of its table. */
  readonly name: string;
  /** As plans have it: the index of a partitioned table has one more for each partition. */
  readonly names: readonly string[];
  readonly oids: readonly number[];
  readonly bytes: number;
  /** As the planner was told them: a partitioned index has none of its own, and one that was there before was told with its table. */
  readonly sizes: readonly IndexSize[];
  /** What its plans rest on, or lack. */
  readonly limits: readonly string[];
}

export interface Trials {
  readonly trials: readonly Trial[];
  /** What Postgres said no to. */
  readonly refused: readonly { readonly candidate: Candidate; readonly message: string }[];
}

interface Wanted {
  readonly candidates: readonly Candidate[];
  readonly tables: readonly Table[];
  /** Where the names in a statement that somebody wrote are looked up. */
  readonly searchPath?: readonly string[];
  /** `server_version_num` of the server that would build them. */
  readonly versionNumber?: number;
  /** Of the first candidate's name: those of an earlier call stand beside. */
  readonly from?: number;
}

const BLOCK_BYTES = 8192;

/** Creates every candidate and gives its expressions statistics and itself a size. All of them are seen by the planner. */
export async function createTrials(session: Session, wanted: Wanted): Promise<Trials> {
  const { trials, refused } = await build(session, wanted);
  return { trials: await sizeTrials(session, await estimateIn(session, trials), wanted), refused };
}

/** Creates every candidate at a size that is a first guess: enough to see which of them a plan would read. */
export async function placeTrials(session: Session, wanted: Wanted): Promise<Trials> {
  const { trials, refused } = await build(session, wanted);
  const sizes = await roughSizes(session, { indexes: trials.flatMap(({ oids }) => oids), tables: wanted.tables });
  await session.size({ relations: [], indexes: [...sizes.values()] });
  return { trials: trials.map((trial) => sizedBy(trial, sizes)), refused };
}

/** Creates those again that were dropped, at the sizes that they had. */
export async function placeAgain(
  session: Session,
  before: readonly Trial[],
  wanted: Omit<Wanted, "candidates">,
): Promise<readonly Trial[]> {
  if (before.length === 0) return [];
  const { trials } = await build(session, { ...wanted, candidates: before.map(({ candidate }) => candidate) });
  const placed = (await estimateIn(session, trials)).map((trial) => {
    const { oids = [], sizes = [] } = before.find(({ candidate }) => candidate === trial.candidate) ?? {};
    // The parts of an index are made in the same order each time.
    const now = new Map(oids.map((oid, place) => [oid, trial.oids[place]]));
    const known = sizes.flatMap((size): [number, IndexSize][] => {
      const oid = now.get(size.oid);
      return oid === undefined ? [] : [[oid, { ...size, oid }]];
    });
    return sizedBy(trial, new Map(known));
  });
  await session.size({ relations: [], indexes: placed.flatMap(({ sizes }) => sizes) });
  return placed;
}

/** Without sizes. */
async function build(session: Session, { candidates, tables, searchPath = [], from = 1 }: Wanted): Promise<Trials> {
  const named = candidates.map((candidate, position) => ({ candidate, name: `backend_db_mcp_candidate_${position + from}` }));
  if (named.length === 0) return { trials: [], refused: [] };
  const outcomes = await unstretched(session, tables, async () => {
    await session.run(extensionsOf(candidates).map((name) => `create extension if not exists ${quote(name)} schema public`));
    return session.run([
      `set local search_path = ${searchPath.map(quote).join(", ") || "pg_catalog"}`,
      ...named.map(({ candidate, name }) => createSql(definitionFor(candidate), name)),
      "set local search_path = pg_catalog",
    ]);
  });

  const refused = named.flatMap(({ candidate }, position) => {
    const no = outcomes[position + 1]?.refused;
    return no ? [{ candidate, message: no.message }] : [];
  });
  const made = named.filter((_, position) => !outcomes[position + 1]?.refused);
  const parts = await readParts(
    session,
    made.map(({ name }) => name),
  );
  const trials = made.flatMap(({ candidate, name }): Trial[] => {
    const own = parts.filter(({ root }) => root === name);
    if (own.length === 0) return [];
    return [{ candidate, name, names: own.map((part) => part.name), oids: own.map(({ oid }) => oid), bytes: 0, sizes: [], limits: [] }];
  });
  return { trials, refused };
}

function sizedBy(trial: Trial, known: ReadonlyMap<number, IndexSize>): Trial {
  const sizes = trial.oids.flatMap((oid) => known.get(oid) ?? []);
  return { ...trial, sizes, bytes: sizes.reduce((sum, { blocks }) => sum + blocks, 0) * BLOCK_BYTES };
}

/** Gives the expressions of candidates that stand there statistics. */
async function estimateIn(session: Session, trials: readonly Trial[]): Promise<readonly Trial[]> {
  const limits = await estimateExpressions(
    session,
    trials.filter(({ candidate }) => holdsExpressions(candidate)).flatMap(({ oids }) => oids),
  );
  return trials.map((trial) => ({ ...trial, limits: [...new Set(trial.oids.flatMap((oid) => limits.get(oid) ?? []))] }));
}

type Measured = Pick<Wanted, "tables" | "versionNumber">;

/** Gives the expressions of candidates that stand there statistics. Sizes of B-trees stay a first guess; those of other methods have none that is near enough. */
export async function estimateTrials(session: Session, trials: readonly Trial[], wanted: Measured): Promise<readonly Trial[]> {
  const expressions = trials.filter(({ candidate }) => holdsExpressions(candidate)).flatMap(({ oids }) => oids);
  const estimated = await estimateIn(session, trials);
  const sizes = await roughSizes(session, { indexes: expressions, tables: wanted.tables });
  if (sizes.size > 0) await session.size({ relations: [], indexes: [...sizes.values()] });
  const guessed = estimated.map((trial) => (trial.oids.some((oid) => sizes.has(oid)) ? sizedBy(trial, sizes) : trial));
  const others = await sizeTrials(
    session,
    guessed.filter(({ candidate }) => candidate.method !== "btree"),
    wanted,
  );
  return guessed.map((trial) => others.find(({ name }) => name === trial.name) ?? trial);
}

/** Gives each the size that a build would give it, by the statistics that its expressions have by now. */
export async function sizeTrials(
  session: Session,
  trials: readonly Trial[],
  { tables, versionNumber }: Measured,
): Promise<readonly Trial[]> {
  if (trials.length === 0) return [];
  const indexes = trials.flatMap(({ oids }) => oids);
  const sizes = await sizeIndexes(session, { indexes, tables, ...(versionNumber !== undefined && { versionNumber }) });
  await session.size({ relations: [], indexes: [...sizes.values()] });
  return trials.map((trial) => sizedBy(trial, sizes));
}

export const holdsExpressions = ({ definition, keys }: Candidate) =>
  definition !== undefined || keys.some(({ column }) => column === undefined);

/** Leaves the twin as it was. */
export async function dropTrials(session: Session, trials: readonly Trial[]): Promise<void> {
  if (trials.length === 0) return;
  await session.run(trials.map(({ candidate: { table }, name }) => `drop index ${quote(table.schema)}.${name}`));
  // Refused while another trial needs it.
  await session.run(extensionsOf(trials.map(({ candidate }) => candidate)).map((name) => `drop extension ${quote(name)}`));
}

const extensionsOf = (candidates: readonly Candidate[]) => [...new Set(candidates.flatMap(({ extension }) => extension ?? []))];

/** A build reads its table, and a table that is only stretched has no rows to read. */
export async function unstretched<Result>(session: Session, tables: readonly Table[], build: () => Promise<Result>): Promise<Result> {
  const stretched = await stretchedRelations(session, tables);
  if (stretched.length === 0) return build();
  await session.size({ relations: stretched.map(({ oid }) => ({ oid, blocks: 0, tuples: undefined, allVisible: 0 })), indexes: [] });
  const result = await build();
  await session.size({ relations: stretched.map(({ oid, table }) => relationSize(oid, table)), indexes: [] });
  return result;
}

/** Tables whose size is the length of a file: all of them where the planner cannot be told, else those that nobody ever counted. */
async function stretchedRelations(session: Session, tables: readonly Table[]) {
  const stretched = tables.filter((table) => session.started.sizes === "files" || relationSize(table.oid, table).tuples === undefined);
  if (stretched.length === 0) return [];
  const here = await session.read<{ oid: number; schema: string; name: string }>(
    `select c.oid as oid, n.nspname::pg_catalog.text as schema, c.relname::pg_catalog.text as name
       from pg_catalog.pg_class c
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'm') and c.oid >= 16384
      order by c.oid`,
  );
  return here.flatMap(({ oid, schema, name }) => {
    const table = stretched.find((candidate) => candidate.schema === schema && candidate.name === name);
    return table ? [{ oid, table }] : [];
  });
}

interface Part {
  /** The index that was created; its partitions' indexes came with it. */
  readonly root: string;
  readonly oid: number;
  readonly name: string;
}

const partsSql = `
  with recursive part (root, oid) as (
      select c.relname, c.oid from pg_catalog.pg_class c
       where c.relname::pg_catalog.text = any ($1::pg_catalog.text[]) and c.relkind in ('i', 'I')
    union all
      select part.root, i.inhrelid from part join pg_catalog.pg_inherits i on i.inhparent = part.oid
  )
  select part.root::pg_catalog.text as root, part.oid as oid, c.relname::pg_catalog.text as name
    from part
    join pg_catalog.pg_class c on c.oid = part.oid
   order by part.oid`;

const readParts = (session: Session, names: readonly string[]): Promise<readonly Part[]> =>
  session.read<Part>(partsSql, [`{${names.join(",")}}`]);
