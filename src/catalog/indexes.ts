import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery, parsed } from "./query.ts";
import { type IndexUsage, usageOfIndex } from "./usage.ts";

export interface Index {
  readonly oid: Oid;
  readonly table: Oid;
  readonly schema: string;
  readonly name: string;
  /** Key columns and expressions in order, as `pg_get_indexdef` prints each: `email`, `lower(email)`. */
  readonly keys: readonly string[];
  /** Of each key, by name: "text_ops", "text_pattern_ops", "gin_trgm_ops". */
  readonly operatorClasses: readonly string[];
  readonly include: readonly string[];
  /** What `pg_stats` calls each of them: `email`, `lower`, `expr1`. */
  readonly attributes: readonly string[];
  /** The predicate of a partial index. */
  readonly where: string | undefined;
  /** "btree", "gin", "gist", "hash", "brin", "spgist", "hnsw"… */
  readonly method: string;
  readonly unique: boolean;
  readonly primary: boolean;
  readonly valid: boolean;
  /** Made by a primary key, unique or exclusion constraint. */
  readonly constraint: boolean;
  /** The index of the partitioned parent that this one is a part of. */
  readonly parent: Oid | undefined;
  /** The whole CREATE INDEX, names qualified. */
  readonly definition: string;
  readonly bytes: number;
  /** Blocks there are now. */
  readonly blocks: number;
  /** As `pg_class` has them since the last VACUUM or ANALYZE. */
  readonly pages: number;
  readonly tuples: number;
  /** Old row versions are told to subscribers by this index. */
  readonly replicaIdentity: boolean;
  readonly usage: IndexUsage;
}

interface Row extends Omit<Index, "where" | "parent"> {
  readonly where: string | null;
  readonly parent: Oid | null;
}

export const indexes = catalogQuery<Row>({
  name: "indexes",
  about: "table",
  sql: `
  select i.indexrelid as oid,
         i.indrelid as "table",
         n.nspname::pg_catalog.text as schema,
         c.relname::pg_catalog.text as name,
         (select pg_catalog.jsonb_agg(pg_catalog.pg_get_indexdef(i.indexrelid, k, true) order by k)
            from pg_catalog.generate_series(1, i.indnkeyatts::pg_catalog.int4) k) as keys,
         (select pg_catalog.jsonb_agg(o.opcname order by u.place)
            from pg_catalog.unnest(i.indclass) with ordinality u (opclass, place)
            join pg_catalog.pg_opclass o on o.oid = u.opclass) as "operatorClasses",
         coalesce((select pg_catalog.jsonb_agg(pg_catalog.pg_get_indexdef(i.indexrelid, k, true) order by k)
                     from pg_catalog.generate_series(i.indnkeyatts + 1, i.indnatts::pg_catalog.int4) k), '[]') as include,
         (select pg_catalog.jsonb_agg(a.attname order by a.attnum)
            from pg_catalog.pg_attribute a where a.attrelid = i.indexrelid) as attributes,
         pg_catalog.pg_get_expr(i.indpred, i.indrelid, true) as "where",
         am.amname::pg_catalog.text as method,
         i.indisunique as unique,
         i.indisprimary as primary,
         i.indisvalid as valid,
         exists (select from pg_catalog.pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')) as "constraint",
         (select h.inhparent from pg_catalog.pg_inherits h where h.inhrelid = i.indexrelid) as parent,
         pg_catalog.pg_get_indexdef(i.indexrelid) as definition,
         case when c.relkind = 'i' then pg_catalog.pg_relation_size(c.oid)::pg_catalog.float8 else 0 end as bytes,
         case when c.relkind = 'i'
              then pg_catalog.pg_relation_size(c.oid)::pg_catalog.float8 / ${parsed("float8", "pg_catalog.current_setting('block_size')")}
              else 0 end as blocks,
         c.relpages::pg_catalog.float8 as pages,
         c.reltuples::pg_catalog.float8 as tuples,
         i.indisreplident as "replicaIdentity",
         ${usageOfIndex} as usage
    from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_am am on am.oid = c.relam
   where i.indrelid = any ($1::pg_catalog.oid[])
   order by i.indrelid, c.relname`,
});

export async function readIndexes(database: Database, tables: readonly Oid[]): Promise<readonly Index[]> {
  const rows = await database.read<Row>(indexes.sql, [oids(tables)]);
  return rows.map((row) => ({ ...row, where: row.where ?? undefined, parent: row.parent ?? undefined }));
}
