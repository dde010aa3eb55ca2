import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";
import { roles } from "./roles.ts";

interface Right {
  /** "superuser", "CREATEROLE", "member of pg_write_all_data", "writes to tables", "CREATE in public". */
  readonly name: string;
}

/**
 * Predefined roles that reach beyond reading (https://www.postgresql.org/docs/current/predefined-roles.html), and those
 * by which hosting providers hand out what is left of a superuser.
 */
const powers = `'pg_write_all_data', 'pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files', 'pg_signal_backend',
                'pg_maintain', 'pg_create_subscription', 'pg_checkpoint', 'pg_signal_autovacuum_worker',
                'rds_superuser', 'azure_pg_admin', 'cloudsqlsuperuser', 'neon_superuser', 'supabase_admin'`;

/** Executable by superusers alone until somebody grants them: they reach files, other sessions, or the server as a whole. */
const reaching = `'pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'pg_stat_file', 'lo_import', 'lo_export', 'pg_reload_conf',
                  'pg_rotate_logfile', 'pg_switch_wal', 'pg_promote', 'pg_create_restore_point', 'pg_stat_reset'`;

const isOwn = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/**
 * What this role may do besides reading, the gravest first; of a superuser only that. `SET ROLE` counts, so memberships
 * count whether they are inherited or not. Nobody's rights are in a snapshot.
 */
export const rights = catalogQuery<Right>({
  name: "rights",
  from: roles,
  answer: () => [],
  sql: `
  select f.name
    from pg_catalog.pg_roles r
   cross join lateral (
     select 1 as place, 'superuser' as name where r.rolsuper
      union all
     select 2, 'CREATEROLE' where r.rolcreaterole
      union all
     select 3, 'REPLICATION' where r.rolreplication
      union all
     select 4, 'BYPASSRLS' where r.rolbypassrls
      union all
     select 5, 'CREATEDB' where r.rolcreatedb
      union all
     select 6, 'member of ' || pg_catalog.quote_ident(g.rolname)
       from pg_catalog.pg_roles g
      where pg_catalog.pg_has_role(r.oid, g.oid, 'member')
        and (g.rolname in (${powers})
             or g.oid <> r.oid and (g.rolsuper or g.rolcreaterole or g.rolreplication or g.rolbypassrls or g.rolcreatedb))
      union all
     select 7, 'owns tables'
      where exists (select from pg_catalog.pg_class c
                      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                     where ${isOwn} and c.relkind in ('r', 'p', 'v', 'm', 'f') and pg_catalog.pg_has_role(r.oid, c.relowner, 'member'))
      union all
     select 8, 'writes to tables'
      where exists (select from pg_catalog.pg_class c
                      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                     where ${isOwn} and c.relkind in ('r', 'p', 'v', 'f')
                       and (pg_catalog.has_table_privilege(c.oid, 'insert, update, delete, truncate')
                            or pg_catalog.has_any_column_privilege(c.oid, 'insert, update')))
      union all
     select 9, 'moves sequences'
      where exists (select from pg_catalog.pg_class c
                      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
                     where ${isOwn} and case c.relkind when 'S' then pg_catalog.has_sequence_privilege(c.oid, 'usage, update') end)
      union all
     select 10, 'CREATE in the database'
      where pg_catalog.has_database_privilege((select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()), 'create')
      union all
     select 11, 'CREATE in ' || pg_catalog.quote_ident(n.nspname)
       from pg_catalog.pg_namespace n
      where ${isOwn} and pg_catalog.has_schema_privilege(n.oid, 'create')
      union all
     select 12, 'executes ' || p.proname
       from pg_catalog.pg_proc p
      where p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace and p.proname in (${reaching})
        and pg_catalog.has_function_privilege(p.oid, 'execute')
      group by p.proname) f
   where r.rolname = current_user
     and (f.place = 1 or not r.rolsuper)
   order by f.place, f.name`,
});

export const readRights = async (database: Database): Promise<readonly string[]> =>
  (await database.read<Right>(rights.sql)).map(({ name }) => name);
