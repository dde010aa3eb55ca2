import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery } from "./query.ts";

/** What ANALYZE saw of a column, in numbers: no value of a row is among them (https://www.postgresql.org/docs/current/view-pg-stats.html). */
export interface ColumnSpread {
  readonly table: Oid;
  readonly column: string;
  /** Share of the rows that are NULL. */
  readonly nulls: number;
  /** Bytes of a value, on average. */
  readonly width: number;
  /** Below 0 a share of all rows. */
  readonly distinct: number;
  /** Shares of the rows that have the most common values, the largest first. */
  readonly common: readonly number[];
  /** Between the order of the values and that of the rows on disk, from -1 to 1; null where the type has no order. */
  readonly correlation: number | null;
}

/** Those of the partitions together where there are any. A role sees only what it may read. */
export const spreads = catalogQuery<ColumnSpread>({
  name: "spreads",
  about: "table",
  sql: `
  select c.oid as "table",
         s.attname::pg_catalog.text as "column",
         s.null_frac::pg_catalog.float8 as nulls,
         s.avg_width as width,
         s.n_distinct::pg_catalog.float8 as "distinct",
         coalesce(pg_catalog.to_jsonb(s.most_common_freqs), '[]') as common,
         s.correlation::pg_catalog.float8 as correlation
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_stats s on s.schemaname = n.nspname and s.tablename = c.relname
   where c.oid = any ($1::pg_catalog.oid[])
     and c.relkind in ('r', 'p', 'm')
     and s.inherited = (c.relkind = 'p')
   order by c.oid, s.attname`,
});

export const readSpreads = (database: Database, tables: readonly Oid[]) => database.read<ColumnSpread>(spreads.sql, [oids(tables)]);
