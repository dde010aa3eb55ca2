import type { Table } from "../catalog/tables.ts";
import { quote } from "../sql/quote.ts";
import { relationSize } from "../twin/sizes.ts";
import type { Session } from "../twin/twin.ts";
import { type Candidate, definitionFor } from "./candidate.ts";
import { createSql } from "./definition.ts";
import { estimateExpressions } from "./expression-statistics.ts";
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
  /** What its plans rest on, or lack. */
  readonly limits: readonly string[];
}

export interface Trials {
  readonly trials: readonly Trial[];
  /** What Postgres said no to. */
  readonly refused: readonly { readonly candidate: Candidate; readonly message: string }[];
}

const BLOCK_BYTES = 8192;

/**
 * Creates every candidate, gives its expressions statistics and itself a size, and leaves all of them invisible to the planner.
 * `searchPath`: where the names in a statement that somebody wrote are looked up.
 */
export async function createTrials(
  session: Session,
  { candidates, tables, searchPath = [] }: { candidates: readonly Candidate[]; tables: readonly Table[]; searchPath?: readonly string[] },
): Promise<Trials> {
  const named = candidates.map((candidate, position) => ({ candidate, name: `backend_db_mcp_candidate_${position + 1}` }));
  const stretched = await stretchedRelations(session, tables);
  // A build reads its table, and a table that is only stretched has no rows to read.
  await session.size({ relations: stretched.map(({ oid }) => ({ oid, blocks: 0, tuples: undefined, allVisible: 0 })), indexes: [] });
  const outcomes = await session.run([
    `set local search_path = ${searchPath.map(quote).join(", ") || "pg_catalog"}`,
    ...named.map(({ candidate, name }) => createSql(definitionFor(candidate), name)),
    "set local search_path = pg_catalog",
  ]);
  await session.size({ relations: stretched.map(({ oid, table }) => relationSize(oid, table)), indexes: [] });

  const refused = named.flatMap(({ candidate }, position) => {
    const no = outcomes[position + 1]?.refused;
    return no ? [{ candidate, message: no.message }] : [];
  });
  const parts = await readParts(
    session,
    named.filter((_, position) => !outcomes[position + 1]?.refused).map(({ name }) => name),
  );
  const indexes = parts.map(({ oid }) => oid);
  const defined = new Set(named.filter(({ candidate }) => candidate.definition).map(({ name }) => name));
  const limits = await estimateExpressions(
    session,
    parts.filter(({ root }) => defined.has(root)).map(({ oid }) => oid),
  );
  const sizes = await sizeIndexes(session, { indexes, tables });
  await session.size({ relations: [], indexes: [...sizes.values()] });
  const trials = named.flatMap(({ candidate, name }): Trial[] => {
    const own = parts.filter(({ root }) => root === name);
    if (own.length === 0) return [];
    return [
      {
        candidate,
        name,
        names: own.map((part) => part.name),
        oids: own.map(({ oid }) => oid),
        bytes: own.reduce((sum, { oid }) => sum + (sizes.get(oid)?.blocks ?? 0), 0) * BLOCK_BYTES,
        limits: [...new Set(own.flatMap(({ oid }) => limits.get(oid) ?? []))],
      },
    ];
  });
  await switchTrials(session, { hide: trials, show: [] });
  return { trials, refused };
}

/** The planner passes over an index that is not valid, as one whose build has not ended. */
export async function switchTrials(session: Session, { hide, show }: { hide: readonly Trial[]; show: readonly Trial[] }): Promise<void> {
  const changes = [
    { trials: hide, valid: false },
    { trials: show, valid: true },
  ].filter(({ trials }) => trials.length > 0);
  await session.run(
    changes.map(({ trials, valid }) => {
      const oids = trials.flatMap((trial) => trial.oids).join(", ");
      return `update pg_catalog.pg_index set indisvalid = ${valid} where indexrelid in (${oids})`;
    }),
  );
}

/** Leaves the twin as it was. */
export async function dropTrials(session: Session, trials: readonly Trial[]): Promise<void> {
  await session.run(trials.map(({ candidate: { table }, name }) => `drop index ${quote(table.schema)}.${name}`));
}

/** Tables whose size is the length of a file: all of them where the planner cannot be told, else those that nobody ever counted. */
async function stretchedRelations(session: Session, tables: readonly Table[]) {
  const here = await session.read<{ oid: number; schema: string; name: string }>(
    `select c.oid as oid, n.nspname::pg_catalog.text as schema, c.relname::pg_catalog.text as name
       from pg_catalog.pg_class c
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'm') and c.oid >= 16384
      order by c.oid`,
  );
  return here.flatMap(({ oid, schema, name }) => {
    const table = tables.find((candidate) => candidate.schema === schema && candidate.name === name);
    if (!table) return [];
    return session.started.sizes === "files" || relationSize(oid, table).tuples === undefined ? [{ oid, table }] : [];
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
