import type { Database } from "../database/database.ts";
import { type Column, readColumns } from "./columns.ts";
import { type Constraint, readConstraints } from "./constraints.ts";
import { type Index, readIndexes } from "./indexes.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery, parsed } from "./query.ts";
import { type TableUsage, usageOfTable } from "./usage.ts";

export type TableKind = "table" | "partitioned table" | "view" | "materialized view" | "foreign table";

/** A relation that a query can read, with everything the planner asks of it. */
export interface Table {
  readonly oid: Oid;
  readonly schema: string;
  readonly name: string;
  readonly kind: TableKind;
  readonly columns: readonly Column[];
  readonly constraints: readonly Constraint[];
  readonly indexes: readonly Index[];
  /** Rows as the planner counts them: `reltuples` scaled to the current size. Undefined where nobody knows. */
  readonly rows: number | undefined;
  readonly size: Size;
  /** Of the main fork. */
  readonly bytes: number | undefined;
  /** Of long values that are stored outside the rows, without their index. */
  readonly toastBytes: number;
  readonly owner: string;
  readonly persistence: "permanent" | "unlogged" | "temporary";
  readonly parents: readonly { readonly oid: Oid; readonly schema: string; readonly name: string }[];
  /** A partition has a `bound`, a partitioned table a `key`; a table may be both. */
  readonly partition: Partition;
  /** Partitions or inheriting tables directly under it. */
  readonly children: number;
  /** Of a view or materialized view, as `pg_get_viewdef` prints it. */
  readonly definition: string | undefined;
  readonly options: readonly string[];
  /** What CREATE RULE made of it, a view's own SELECT left out. Undefined in snapshots that were written before it was asked. */
  readonly rules: readonly { readonly name: string; readonly definition: string }[] | undefined;
  readonly rowSecurity: boolean;
  /** Its policies hold for its owner too. */
  readonly forcesRowSecurity: boolean;
  /** What a subscriber is told of an old row version. */
  readonly replicaIdentity: "default" | "nothing" | "full" | "index";
  /** There is a COMMENT on it. */
  readonly commented: boolean;
  /** Transactions since the oldest one that may still stand in its rows; undefined where it has none of its own. */
  readonly frozenAge: number | undefined;
  readonly usage: TableUsage;
  /** The role may SELECT it, and so see its statistics. */
  readonly readable: boolean;
  /** Last ANALYZE by hand or by autovacuum, ISO 8601. */
  readonly analyzed: string | undefined;
}

/** Blocks and rows as `pg_class` has them since the last VACUUM or ANALYZE, and the blocks there are now. */
export interface Size {
  readonly blocks: number;
  readonly pages: number;
  /** -1: never analysed. */
  readonly tuples: number;
  readonly allVisible: number;
}

export interface Partition {
  /** `RANGE (created_at)`, of a partitioned table. */
  readonly key: string | undefined;
  /** `FOR VALUES FROM … TO …`, of a partition. */
  readonly bound: string | undefined;
}

interface Row {
  readonly oid: Oid;
  readonly schema: string;
  readonly name: string;
  readonly kind: "r" | "p" | "v" | "m" | "f";
  readonly blocks: number;
  readonly blockSize: number;
  readonly pages: number;
  readonly tuples: number;
  readonly allVisible: number;
  readonly partitionKey: string | null;
  readonly partitionBound: string | null;
  readonly parents: readonly { readonly oid: Oid; readonly schema: string; readonly name: string }[];
  readonly definition: string | null;
  readonly options: readonly string[];
  readonly rules?: NonNullable<Table["rules"]>;
  readonly children: number;
  readonly toastBytes: number;
  readonly owner: string;
  readonly persistence: "p" | "u" | "t";
  readonly rowSecurity: boolean;
  readonly forcesRowSecurity: boolean;
  readonly replicaIdentity: "d" | "n" | "f" | "i";
  readonly commented: boolean;
  readonly frozenAge: number | null;
  readonly usage: TableUsage;
  readonly readable: boolean;
  readonly analyzed: string | null;
}

export const tables = catalogQuery<Row>({
  name: "tables",
  about: "oid",
  sql: `
  select c.oid as oid,
         n.nspname::pg_catalog.text as schema,
         c.relname::pg_catalog.text as name,
         c.relkind::pg_catalog.text as kind,
         case when c.relkind in ('r', 'm')
              then pg_catalog.pg_relation_size(c.oid)::pg_catalog.float8 / ${parsed("float8", "pg_catalog.current_setting('block_size')")}
              else 0 end as blocks,
         ${parsed("float8", "pg_catalog.current_setting('block_size')")} as "blockSize",
         c.relpages::pg_catalog.float8 as pages,
         c.reltuples::pg_catalog.float8 as tuples,
         c.relallvisible::pg_catalog.float8 as "allVisible",
         (select pg_catalog.count(*) from pg_catalog.pg_inherits i where i.inhparent = c.oid)::pg_catalog.int4 as children,
         case when c.relkind = 'p' then pg_catalog.pg_get_partkeydef(c.oid) end as "partitionKey",
         case when c.relispartition then pg_catalog.pg_get_expr(c.relpartbound, c.oid) end as "partitionBound",
         coalesce((select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                            'oid', p.oid::pg_catalog.int8, 'schema', pn.nspname, 'name', p.relname) order by i.inhseqno)
                     from pg_catalog.pg_inherits i
                     join pg_catalog.pg_class p on p.oid = i.inhparent
                     join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
                    where i.inhrelid = c.oid), '[]') as parents,
         case when c.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(c.oid) end as definition,
         coalesce(pg_catalog.to_jsonb(c.reloptions), '[]') as options,
         coalesce((select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                            'name', w.rulename, 'definition', pg_catalog.pg_get_ruledef(w.oid)) order by w.rulename)
                     from pg_catalog.pg_rewrite w
                    where w.ev_class = c.oid and w.ev_type <> '1'), '[]') as rules,
         case when c.reltoastrelid <> 0 then pg_catalog.pg_relation_size(c.reltoastrelid)::pg_catalog.float8 else 0 end as "toastBytes",
         pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text as owner,
         c.relpersistence::pg_catalog.text as persistence,
         c.relrowsecurity as "rowSecurity",
         c.relforcerowsecurity as "forcesRowSecurity",
         c.relreplident::pg_catalog.text as "replicaIdentity",
         exists (select from pg_catalog.pg_description d
                  where d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objoid = c.oid and d.objsubid = 0) as commented,
         case when c.relkind in ('r', 'm') then pg_catalog.age(c.relfrozenxid) end as "frozenAge",
         ${usageOfTable} as usage,
         pg_catalog.has_table_privilege(c.oid, 'select') as readable,
         pg_catalog.to_char(greatest(pg_catalog.pg_stat_get_last_analyze_time(c.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid))
                              at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as analyzed
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where c.oid = any ($1::pg_catalog.oid[])
     and c.relkind in ('r', 'p', 'v', 'm', 'f')
   order by c.oid`,
});

const kinds: Record<Row["kind"], TableKind> = {
  r: "table",
  p: "partitioned table",
  v: "view",
  m: "materialized view",
  f: "foreign table",
};

const persistences: Record<Row["persistence"], Table["persistence"]> = { p: "permanent", u: "unlogged", t: "temporary" };
const identities: Record<Row["replicaIdentity"], Table["replicaIdentity"]> = { d: "default", n: "nothing", f: "full", i: "index" };

export async function readTables(database: Database, relations: readonly Oid[]): Promise<readonly Table[]> {
  if (relations.length === 0) return [];
  const rows = await database.read<Row>(tables.sql, [oids(relations)]);
  const columns = groupBy(await readColumns(database, relations), (column) => column.table);
  const constraints = groupBy(await readConstraints(database, relations), (constraint) => constraint.table);
  const indexes = groupBy(await readIndexes(database, relations), (index) => index.table);
  return rows.map((row) => ({
    oid: row.oid,
    schema: row.schema,
    name: row.name,
    kind: kinds[row.kind],
    columns: columns.get(row.oid) ?? [],
    constraints: constraints.get(row.oid) ?? [],
    indexes: indexes.get(row.oid) ?? [],
    rows: rowsOf(row),
    size: { blocks: row.blocks, pages: row.pages, tuples: row.tuples, allVisible: row.allVisible },
    toastBytes: row.toastBytes,
    owner: row.owner,
    persistence: persistences[row.persistence],
    bytes: row.kind === "r" || row.kind === "m" ? row.blocks * row.blockSize : undefined,
    parents: row.parents,
    partition: { key: row.partitionKey ?? undefined, bound: row.partitionBound ?? undefined },
    children: row.children,
    definition: row.definition ?? undefined,
    options: row.options,
    rules: row.rules,
    rowSecurity: row.rowSecurity,
    forcesRowSecurity: row.forcesRowSecurity,
    replicaIdentity: identities[row.replicaIdentity],
    commented: row.commented,
    frozenAge: row.frozenAge ?? undefined,
    usage: row.usage,
    readable: row.readable,
    analyzed: row.analyzed ?? undefined,
  }));
}

/**
 * The planner's own arithmetic for a table it has counted before: the old density over the current blocks
 * (`table_block_relation_estimate_size` in src/backend/access/table/tableam.c). A partitioned table has no blocks.
 */
function rowsOf({ kind, tuples, pages, blocks }: Pick<Row, "kind" | "tuples" | "pages" | "blocks">): number | undefined {
  if (tuples < 0) return undefined;
  if (kind === "p") return tuples;
  if (kind === "v" || kind === "f") return undefined;
  if (pages === 0) return blocks === 0 ? 0 : undefined;
  return Math.round((tuples / pages) * blocks);
}

function groupBy<Item>(items: readonly Item[], key: (item: Item) => Oid): Map<Oid, Item[]> {
  const groups = new Map<Oid, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
