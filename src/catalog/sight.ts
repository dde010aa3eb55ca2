import type { Database } from "../database/database.ts";
import { catalogQuery, parsed } from "./query.ts";

/** How much this connection may see, as a whole. Tables are those of users, and only those that have rows of their own. */
export interface Sight {
  /** Inherits `pg_read_all_data`, or is a superuser. */
  readonly readsAllData: boolean;
  /** Inherits `pg_read_all_stats`, so it sees what others run. */
  readonly readsAllStatistics: boolean;
  /** Transactions of the role are read-only unless they say otherwise, by ALTER ROLE or ALTER DATABASE: our own connections are so anyway. */
  readonly readOnlyByDefault: boolean;
  readonly encrypted: boolean;
  readonly tables: number;
  /** Whose statistics it sees: it may SELECT all columns, and no policy holds for it. */
  readonly seenTables: number;
  /** Never analysed, so that there is nothing to see. */
  readonly unanalyzedTables: number;
}

export const sight = catalogQuery<Sight>({
  name: "sight",
  live: true,
  sql: `
  select pg_catalog.pg_has_role('pg_read_all_data', 'usage') as "readsAllData",
         pg_catalog.pg_has_role('pg_read_all_stats', 'usage') as "readsAllStatistics",
         coalesce((select ${parsed("bool", "o.option_value")}
                     from pg_catalog.pg_db_role_setting d
                    cross join lateral pg_catalog.pg_options_to_table(d.setconfig) o
                    where o.option_name = 'default_transaction_read_only'
                      and (d.setrole = 0 or d.setrole = (select r.oid from pg_catalog.pg_roles r where r.rolname = session_user))
                      and (d.setdatabase = 0
                           or d.setdatabase = (select b.oid from pg_catalog.pg_database b where b.datname = pg_catalog.current_database()))
                    order by d.setrole desc, d.setdatabase desc
                    limit 1), false) as "readOnlyByDefault",
         coalesce((select s.ssl from pg_catalog.pg_stat_ssl s where s.pid = pg_catalog.pg_backend_pid()), false) as encrypted,
         pg_catalog.count(*)::pg_catalog.int4 as tables,
         (pg_catalog.count(*) filter (where t.seen))::pg_catalog.int4 as "seenTables",
         (pg_catalog.count(*) filter (where t.unanalyzed))::pg_catalog.int4 as "unanalyzedTables"
    from (select pg_catalog.has_table_privilege(c.oid, 'select') and not pg_catalog.row_security_active(c.oid) as seen,
                 c.reltuples < 0 as unanalyzed
            from pg_catalog.pg_class c
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
           where c.relkind in ('r', 'm') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
             and not exists (
                   select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')) t`,
});

/** Undefined of a snapshot, which nobody sees through a role. */
export const readSight = async (database: Database): Promise<Sight | undefined> => (await database.read<Sight>(sight.sql))[0];
