import type { Database } from "../database/database.ts";
import { type Oid, oids } from "./names.ts";
import { catalogQuery } from "./query.ts";

/** What CREATE STATISTICS made: statistics of several columns, or of expressions. */
export interface ExtendedStatistics {
  readonly table: Oid;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  /** The whole CREATE STATISTICS, names qualified. */
  readonly definition: string;
}

export const extendedStatistics = catalogQuery<ExtendedStatistics>({
  name: "extended statistics",
  about: "table",
  sql: `
  select s.stxrelid as "table",
         n.nspname::pg_catalog.text as schema,
         s.stxname::pg_catalog.text as name,
         coalesce((select pg_catalog.jsonb_agg(a.attname order by u.place)
                     from pg_catalog.unnest(s.stxkeys) with ordinality u (number, place)
                     join pg_catalog.pg_attribute a on a.attrelid = s.stxrelid and a.attnum = u.number), '[]') as columns,
         pg_catalog.pg_get_statisticsobjdef(s.oid) as definition
    from pg_catalog.pg_statistic_ext s
    join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
   where s.stxrelid = any ($1::pg_catalog.oid[])
   order by s.stxrelid, n.nspname, s.stxname`,
});

export const readExtendedStatistics = (database: Database, tables: readonly Oid[]) =>
  database.read<ExtendedStatistics>(extendedStatistics.sql, [oids(tables)]);
