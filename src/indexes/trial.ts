import type { Table } from "../catalog/tables.ts";
import { quote } from "../sql/quote.ts";
import { relationSize } from "../twin/sizes.ts";
import type { Session } from "../twin/twin.ts";
import type { Candidate } from "./candidates.ts";
import { keysSql } from "./key.ts";
import { type Group, type KeyColumn, sizeOfTree } from "./size.ts";

/** A candidate that stands in the twin, at the size it would have. */
export interface Trial {
  readonly candidate: Candidate;
  /** In the twin, in the schema of its table. */
  readonly name: string;
  /** As plans have it: the index of a partitioned table has one more for each partition. */
  readonly names: readonly string[];
  readonly oids: readonly number[];
  readonly bytes: number;
}

export interface Trials {
  readonly trials: readonly Trial[];
  /** What Postgres said no to. */
  readonly refused: readonly { readonly candidate: Candidate; readonly message: string }[];
}

const BLOCK_BYTES = 8192;

/** Creates every candidate, gives each its size, and leaves them all invisible to the planner. */
export async function createTrials(session: Session, candidates: readonly Candidate[], tables: readonly Table[]): Promise<Trials> {
  const nameOf = (candidate: Candidate) => `backend_db_mcp_candidate_${candidates.indexOf(candidate) + 1}`;
  const stretched = await stretchedRelations(session, tables);
  // A build reads its table, and a table that is only stretched has no rows to read.
  await session.size({ relations: stretched.map(({ oid }) => ({ oid, blocks: 0, tuples: undefined, allVisible: 0 })), indexes: [] });
  const outcomes = await session.run(
    candidates.map((candidate) => {
      const { table, keys } = candidate;
      return `create index ${nameOf(candidate)} on ${quote(table.schema)}.${quote(table.name)} (${keysSql(keys)})`;
    }),
  );
  await session.size({ relations: stretched.map(({ oid, table }) => relationSize(oid, table)), indexes: [] });

  const refused = candidates.flatMap((candidate, position) => {
    const no = outcomes[position]?.refused;
    return no ? [{ candidate, message: no.message }] : [];
  });
  const parts = await readParts(session, candidates.filter((_, position) => !outcomes[position]?.refused).map(nameOf));
  const blocks = await sizeParts(session, parts, tables);
  const trials = candidates.flatMap((candidate): Trial[] => {
    const own = parts.filter(({ root }) => root === nameOf(candidate));
    if (own.length === 0) return [];
    const bytes = own.reduce((sum, { oid }) => sum + (blocks.get(oid) ?? 0), 0) * BLOCK_BYTES;
    return [{ candidate, name: nameOf(candidate), names: own.map(({ name }) => name), oids: own.map(({ oid }) => oid), bytes }];
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
  readonly kind: "i" | "I";
  readonly schema: string;
  readonly table: string;
  readonly deduplicates: boolean;
  readonly columns: readonly PrintedColumn[];
}

interface PrintedColumn {
  readonly name: string;
  readonly length: number;
  readonly align: "c" | "s" | "i" | "d";
  readonly width: number | null;
  readonly nulls: number | null;
  /** Shares of the rows that the most common values have. */
  readonly common: readonly number[] | null;
  readonly widths: readonly number[] | null;
}

/**
 * A value of up to 126 bytes has a length word of one byte in an index, not of four. A type lets equal keys share a tuple if its operator class says so: support function 4 (https://www.postgresql.org/docs/current/btree.html#BTREE-SUPPORT-FUNCS).
 */
const partsSql = `
  with recursive part (root, oid) as (
      select c.relname, c.oid from pg_catalog.pg_class c
       where c.relname::pg_catalog.text = any ($1::pg_catalog.text[]) and c.relkind in ('i', 'I')
    union all
      select part.root, i.inhrelid from part join pg_catalog.pg_inherits i on i.inhparent = part.oid
  )
  select part.root::pg_catalog.text as root,
         part.oid as oid,
         c.relname::pg_catalog.text as name,
         c.relkind::pg_catalog.text as kind,
         n.nspname::pg_catalog.text as schema,
         t.relname::pg_catalog.text as "table",
         (select pg_catalog.bool_and(
                   exists (select from pg_catalog.pg_amproc p
                            where p.amprocfamily = o.opcfamily and p.amproclefttype = o.opcintype
                              and p.amprocrighttype = o.opcintype and p.amprocnum = 4)
                   and coalesce((select l.collisdeterministic from pg_catalog.pg_collation l where l.oid = u.collated), true))
            from rows from (pg_catalog.unnest(x.indclass::pg_catalog.oid[]), pg_catalog.unnest(x.indcollation::pg_catalog.oid[])) u (opclass, collated)
            join pg_catalog.pg_opclass o on o.oid = u.opclass) as deduplicates,
         (select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                   'name', a.attname, 'length', a.attlen, 'align', a.attalign,
                   'width', s.avg_width, 'nulls', s.null_frac, 'common', s.most_common_freqs,
                   'widths', case when y.typcategory = 'S' or y.oid = 'pg_catalog.numeric'::pg_catalog.regtype then
                     (select pg_catalog.jsonb_agg(case when y.typcategory <> 'S' then pg_catalog.pg_column_size(v::pg_catalog.numeric) - 3
                                                       when pg_catalog.octet_length(v) < 127 then pg_catalog.octet_length(v) + 1
                                                       else pg_catalog.octet_length(v) + 4 end)
                        from pg_catalog.unnest(coalesce(s.most_common_vals::pg_catalog.text::pg_catalog.text[], '{}')
                                               || coalesce(s.histogram_bounds::pg_catalog.text::pg_catalog.text[], '{}')) v) end) order by a.attnum)
            from pg_catalog.pg_attribute a
            join pg_catalog.pg_type y on y.oid = a.atttypid
            left join pg_catalog.pg_stats s
              on s.schemaname = n.nspname and s.tablename = t.relname and s.attname = a.attname and not s.inherited
           where a.attrelid = c.oid) as columns
    from part
    join pg_catalog.pg_class c on c.oid = part.oid
    join pg_catalog.pg_index x on x.indexrelid = c.oid
    join pg_catalog.pg_class t on t.oid = x.indrelid
    join pg_catalog.pg_namespace n on n.oid = t.relnamespace
   order by part.oid`;

const readParts = (session: Session, names: readonly string[]): Promise<readonly Part[]> =>
  session.read<Part>(partsSql, [`{${names.join(",")}}`]);

/** Blocks of each part that has any; a partitioned index has none of its own. */
async function sizeParts(session: Session, parts: readonly Part[], tables: readonly Table[]): Promise<ReadonlyMap<number, number>> {
  const counted = new Map<string, Promise<number>>();
  const rowsOf = (sql: string) => {
    const rows = counted.get(sql) ?? expectedRows(session, sql);
    counted.set(sql, rows);
    return rows;
  };
  const sized = [];
  for (const part of parts.filter(({ kind }) => kind === "i")) {
    const from = `from only ${quote(part.schema)}.${quote(part.table)}`;
    const valuesOf = (columns: readonly PrintedColumn[]) =>
      columns.length === 0 ? 1 : rowsOf(`select ${from} group by ${columns.map(({ name }) => quote(name)).join(", ")}`);
    const rows = await rowsOf(`select ${from}`);
    const distinct = await Promise.all(part.columns.map((_, position) => valuesOf(part.columns.slice(0, position + 1))));
    const groups = await groupsOf(part.columns, { rows, distinct: distinct.at(-1) ?? rows, valuesOf });
    const { blocks, height } = sizeOfTree({ columns: part.columns.map(keyColumn), groups, distinct, deduplicates: part.deduplicates });
    const table = tables.find(({ schema, name }) => schema === part.schema && name === part.table);
    sized.push({ oid: part.oid, blocks, height, tuples: table && relationSize(part.oid, table).tuples });
  }
  await session.size({ relations: [], indexes: sized });
  return new Map(sized.map(({ oid, blocks }) => [oid, blocks]));
}

/** The planner's own count; extended statistics are in it. */
async function expectedRows(session: Session, sql: string): Promise<number> {
  const { plan } = (await session.explain({ sql, searchPath: [], generic: false })) as {
    plan?: readonly { readonly Plan: { readonly "Plan Rows": number } }[];
  };
  return plan?.[0]?.Plan["Plan Rows"] ?? 1;
}

const alignments = { c: 1, s: 2, i: 4, d: 8 };
/** What the planner takes where ANALYZE has not looked (`get_typavgwidth` in src/backend/utils/cache/lsyscache.c). */
const UNKNOWN_WIDTH = 32;

const keyColumn = ({ length, align, width, widths }: PrintedColumn): KeyColumn => ({
  length: length > 0 ? length : undefined,
  align: alignments[align],
  width: length > 0 ? length : (width ?? UNKNOWN_WIDTH),
  widths: widths ?? [],
});

interface Counted {
  readonly rows: number;
  /** Of all columns together. */
  readonly distinct: number;
  valuesOf(columns: readonly PrintedColumn[]): number | Promise<number>;
}

/** What few keys have most rows takes less room than the mean says: the nulls, and of one column the most common values that ANALYZE listed. */
async function groupsOf(columns: readonly PrintedColumn[], { rows, distinct, valuesOf }: Counted): Promise<readonly Group[]> {
  const [empty] = [...columns].sort((one, other) => (other.nulls ?? 0) - (one.nulls ?? 0));
  const nulls = (empty?.nulls ?? 0) * rows;
  const nullKeys = nulls === 0 ? 0 : Math.min(nulls, await valuesOf(columns.filter((column) => column !== empty)));
  const common = (columns.length === 1 ? (empty?.common ?? []) : []).map((share) => share * rows);
  const restRows = Math.max(0, rows - nulls - common.reduce((sum, each) => sum + each, 0));
  const restKeys = Math.min(Math.max(1, distinct - common.length - nullKeys), Math.max(1, restRows));
  return [
    { keys: nullKeys, rows: nulls, isNull: columns.length === 1 },
    ...common.map((each) => ({ keys: 1, rows: each, isNull: false })),
    { keys: restKeys, rows: restRows, isNull: false },
  ];
}
