import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery } from "./query.ts";

/** What this role may see of the statistics of a table, by its privileges. Sizes and row counts are open to everybody. */
export interface StatisticsAccess {
  readonly table: Oid;
  /** Columns that it may not SELECT: `pg_stats` leaves them out. */
  readonly unreadable: readonly string[];
  /** Policies hold for it, so `pg_stats` leaves all columns out. */
  readonly underPolicies: boolean;
  /** It is the owner or a member of it; others see no extended statistics. */
  readonly owner: boolean;
  /** Indexes on expressions whose statistics it may not see: SELECT on an index comes with owning it or with `pg_read_all_data`. */
  readonly unreadableIndexes: readonly Oid[];
  /** Columns of ranges and multiranges, of whose bounds it is told nothing before 17. */
  readonly ranges: readonly string[];
}

export const statisticsAccess = catalogQuery<StatisticsAccess>({
  name: "access to statistics",
  about: "table",
  sql: `
  select c.oid as "table",
         coalesce((select pg_catalog.jsonb_agg(a.attname order by a.attnum)
                     from pg_catalog.pg_attribute a
                    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                      and not pg_catalog.has_column_privilege(c.oid, a.attnum, 'select')), '[]') as unreadable,
         pg_catalog.row_security_active(c.oid) as "underPolicies",
         pg_catalog.pg_has_role(c.relowner, 'usage') as owner,
         coalesce((select pg_catalog.jsonb_agg(i.indexrelid::pg_catalog.int8 order by i.indexrelid)
                     from pg_catalog.pg_index i
                    where i.indrelid = c.oid and i.indexprs is not null
                      and not pg_catalog.has_table_privilege(i.indexrelid, 'select')), '[]') as "unreadableIndexes",
         coalesce((select pg_catalog.jsonb_agg(a.attname order by a.attnum)
                     from pg_catalog.pg_attribute a
                     join pg_catalog.pg_type t on t.oid = a.atttypid
                    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and t.typtype in ('r', 'm')
                      and not pg_catalog.has_table_privilege('pg_catalog.pg_statistic', 'select')), '[]') as ranges
    from pg_catalog.pg_class c
   where c.oid = any ($1::pg_catalog.oid[])
     and c.relkind in ('r', 'p', 'm')
   order by c.oid`,
});

export const readStatisticsAccess = (database: Database, tables: readonly Oid[]) =>
  database.read<StatisticsAccess>(statisticsAccess.sql, [oids(tables)]);
