import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

/** Rules of sorting that are not those with which the indexes were built. */
export interface CollationVersion {
  /** Schema-qualified and quoted; undefined: that of the database. */
  readonly collation: string | undefined;
  readonly database: string;
  /** As Postgres wrote it down when the collation, or the database, was made. */
  readonly recorded: string;
  /** As the server's library has it now. */
  readonly actual: string;
}

interface Row extends Omit<CollationVersion, "collation"> {
  readonly collation: string | null;
}

/** Databases have a version from 15 on; the comparison is that of ALTER … REFRESH COLLATION VERSION. */
export const collationVersions = catalogQuery<Row>({
  name: "collation versions",
  sql: `
  select found.collation, d.datname::pg_catalog.text as database, found.recorded, found.actual
    from pg_catalog.pg_database d
   cross join lateral (
           select null::pg_catalog.text as collation,
                  pg_catalog.to_jsonb(d) ->> 'datcollversion' as recorded,
                  coalesce((select pg_catalog.pg_collation_actual_version(l.oid) from pg_catalog.pg_collation l where l.collprovider = 'd'),
                           (select pg_catalog.pg_collation_actual_version(l.oid)
                              from pg_catalog.pg_collation l
                             where l.collprovider::pg_catalog.text = pg_catalog.to_jsonb(d) ->> 'datlocprovider'
                               and case when l.collprovider = 'c' then l.collcollate::pg_catalog.text = d.datcollate::pg_catalog.text
                                        else coalesce(pg_catalog.to_jsonb(l) ->> 'colllocale', pg_catalog.to_jsonb(l) ->> 'colliculocale')
                                             = coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') end
                             limit 1)) as actual
           union all
           select pg_catalog.format('%I.%I', n.nspname, c.collname), c.collversion, pg_catalog.pg_collation_actual_version(c.oid)
             from pg_catalog.pg_collation c
             join pg_catalog.pg_namespace n on n.oid = c.collnamespace
            where c.collversion is not null
              and exists (select from pg_catalog.pg_attribute a where a.attcollation = c.oid and a.attrelid >= 16384)
         ) as found
   where d.datname = pg_catalog.current_database()
     and found.recorded <> found.actual
   order by found.collation nulls first`,
});

export async function readCollationVersions(database: Database): Promise<readonly CollationVersion[]> {
  const rows = await database.read<Row>(collationVersions.sql);
  return rows.map((row) => ({ ...row, collation: row.collation ?? undefined }));
}
