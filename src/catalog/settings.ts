import type { Database } from "../database/database.ts";
import { catalogQuery, parsed } from "./query.ts";

/** What the planner is told by configuration, and where the server resolves names. Values as `SET` takes them, with their unit. */
export interface Settings {
  /** `server_version_num`: 150018, 180004. */
  readonly versionNumber: number;
  /** `server_version`: "15.18", "18.4 (Debian 18.4-1)". */
  readonly version: string;
  /** Schemas of the role's own `search_path` that exist, in order; `pg_catalog` only where it was put behind others, which then hide what is in it. */
  readonly searchPath: readonly string[];
  /** The database sorts text by bytes (C, POSIX, builtin C.UTF-8), so a plain B-tree serves `LIKE 'x%'`. */
  readonly sortsByBytes: boolean;
  /** As this connection was given them, for its role and its database. */
  readonly planner: ReadonlyMap<string, string>;
  readonly user: string;
  /** A read replica: it takes no change, and its counters are not those of its primary. */
  readonly replica: boolean;
  /** Other roles that may log in and are given planner settings of their own here, whatever their values are. */
  readonly otherRoles: readonly RoleSettings[];
  /** By the server's clock, ISO 8601. Undefined in snapshots that were written before it was asked. */
  readonly asOf: string | undefined;
  /** When the counters of this database began, ISO 8601; undefined where they were never reset. */
  readonly statisticsReset: string | undefined;
  readonly timeouts: readonly Timeout[];
}

/**
 * A timeout that somebody set, for new sessions. With neither role nor database it is what this connection was given,
 * wherever that was set; of `statement_timeout` that is not known, because our own connection sets it.
 */
export interface Timeout {
  readonly name: "statement_timeout" | "lock_timeout" | "idle_in_transaction_session_timeout";
  /** As it was written, or milliseconds: "15s", "0". */
  readonly value: string;
  readonly role: string | undefined;
  readonly database: string | undefined;
}

/** What ALTER ROLE SET gives the sessions of a role in this database. */
export interface RoleSettings {
  readonly role: string;
  readonly settings: readonly { readonly name: string; readonly value: string }[];
}

export const timeouts = catalogQuery<TimeoutRow>({
  name: "timeouts",
  sql: `
  select o.option_name as name,
         o.option_value as value,
         pg_catalog.pg_get_userbyid(nullif(s.setrole, 0))::pg_catalog.text as role,
         d.datname::pg_catalog.text as database
    from pg_catalog.pg_db_role_setting s
    left join pg_catalog.pg_database d on d.oid = s.setdatabase
   cross join lateral pg_catalog.pg_options_to_table(s.setconfig) o
   where (s.setdatabase = 0 or d.datname = pg_catalog.current_database())
     and o.option_name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')
   union all
  select s.name, s.reset_val, null, null
    from pg_catalog.pg_settings s
   where s.name in ('lock_timeout', 'idle_in_transaction_session_timeout') and s.reset_val <> '0'
   order by 1, 3 nulls first, 4 nulls first`,
});

interface TimeoutRow extends Pick<Timeout, "name" | "value"> {
  readonly role: string | null;
  readonly database: string | null;
}

/** Of a row `s` of `pg_settings`: it changes a plan or its cost (https://www.postgresql.org/docs/current/runtime-config-query.html). */
const isPlanner = `(s.category like 'Query Tuning%'
      or s.name in ('work_mem', 'hash_mem_multiplier', 'effective_io_concurrency', 'max_parallel_workers',
                    'max_parallel_workers_per_gather', 'max_worker_processes', 'parallel_leader_participation',
                    'TimeZone', 'DateStyle', 'transform_null_equals', 'default_text_search_config'))`;

/** What is set for a role in one database goes before what is set for it in all. */
export const roleSettings = catalogQuery<RoleSettings>({
  name: "planner settings of other roles",
  sql: `
  select own.role as role,
         pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', own.name, 'value', own.value) order by own.name) as settings
    from (select distinct on (r.rolname, o.option_name)
                 r.rolname::pg_catalog.text as role, o.option_name as name, o.option_value as value
            from pg_catalog.pg_db_role_setting d
            join pg_catalog.pg_roles r on r.oid = d.setrole
           cross join lateral pg_catalog.pg_options_to_table(d.setconfig) o
            join pg_catalog.pg_settings s on s.name = o.option_name
           where (d.setdatabase = 0
                  or d.setdatabase = (select b.oid from pg_catalog.pg_database b where b.datname = pg_catalog.current_database()))
             and r.rolcanlogin
             and r.rolname <> session_user
             and ${isPlanner}
             and s.name not in ('TimeZone', 'DateStyle', 'default_text_search_config')
           order by r.rolname, o.option_name, d.setdatabase desc) as own
   group by own.role
   order by own.role`,
});

/**
 * Inside a transaction that pinned `search_path`, `reset_val` still holds what the role would have. What a constant means to the role
 * is what our own transaction has pinned otherwise; of `DateStyle` only the order of day and month.
 */
export const server = catalogQuery<Server>({
  name: "server",
  sql: `
  select ${parsed("int4", "pg_catalog.current_setting('server_version_num')")} as "versionNumber",
         pg_catalog.current_setting('server_version') as version,
         (select s.reset_val from pg_catalog.pg_settings s where s.name = 'search_path') as "searchPath",
         (select pg_catalog.jsonb_agg(n.nspname::pg_catalog.text order by n.nspname) from pg_catalog.pg_namespace n) as schemas,
         (select pg_catalog.jsonb_object_agg(
                   s.name,
                   case when s.name = 'TimeZone' then s.reset_val
                        when s.name = 'DateStyle' then 'ISO, ' || pg_catalog.split_part(s.reset_val, ', ', 2)
                        when s.setting ~ '^[0-9]+$' and s.unit <> '8kB' then s.setting || s.unit
                        else s.setting end)
            from pg_catalog.pg_settings s where ${isPlanner}) as planner,
         current_user::pg_catalog.text as "user",
         pg_catalog.pg_is_in_recovery() as replica,
         pg_catalog.to_char(pg_catalog.now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "asOf",
         pg_catalog.to_jsonb(d) ->> 'datcollate' as collation,
         pg_catalog.to_jsonb(d) ->> 'datlocprovider' as provider,
         (select pg_catalog.to_char(s.stats_reset at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
            from pg_catalog.pg_stat_database s where s.datname = d.datname) as "statisticsReset"
    from pg_catalog.pg_database d
   where d.datname = pg_catalog.current_database()`,
});

interface Server {
  readonly versionNumber: number;
  readonly version: string;
  readonly searchPath: string;
  readonly schemas: readonly string[];
  readonly planner: Readonly<Record<string, string>>;
  readonly user: string;
  /** Absent from snapshots that were written before it was asked. */
  readonly replica?: boolean;
  readonly asOf?: string;
  readonly collation: string;
  readonly provider: string | null;
  readonly statisticsReset: string | null;
}

export async function readSettings(database: Database): Promise<Settings> {
  return {
    ...(await readOwnSettings(database)),
    otherRoles: await database.read<RoleSettings>(roleSettings.sql),
    timeouts: (await database.read<TimeoutRow>(timeouts.sql)).map(({ role, database, ...timeout }) => ({
      ...timeout,
      role: role ?? undefined,
      database: database ?? undefined,
    })),
  };
}

/** Without what was set for others, or against waiting: what no plan of ours depends on. */
export async function readOwnSettings(database: Database): Promise<Settings> {
  const [found] = await database.read<Server>(server.sql);
  if (!found) throw new Error("pg_database has no row for the current database");
  const existing = new Set(found.schemas);
  return {
    versionNumber: found.versionNumber,
    version: found.version,
    searchPath: schemasOf(found.searchPath, found.user).filter((schema) => existing.has(schema)),
    sortsByBytes: sortsByBytes(found),
    planner: new Map(Object.entries(found.planner)),
    user: found.user,
    replica: found.replica ?? false,
    asOf: found.asOf,
    otherRoles: [],
    statisticsReset: found.statisticsReset ?? undefined,
    timeouts: [],
  };
}

/** `server_version_num`: 150018, 180004. */
export const readVersionNumber = async (database: Database): Promise<number | undefined> =>
  (await database.read<Server>(server.sql))[0]?.versionNumber;

/** The names in a `search_path` value: `"$user", public, "Odd ""one"""`. */
export function schemasOf(searchPath: string, user: string): string[] {
  const names = Array.from(searchPath.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g), ([, quoted, bare]) =>
    quoted === undefined ? (bare ?? "").toLowerCase() : quoted.replaceAll('""', '"'),
  );
  const path = [...new Set(names.map((name) => (name === "$user" ? user : name)))];
  return path[0] === "pg_catalog" ? path.slice(1) : path;
}

function sortsByBytes({ provider, collation }: Server): boolean {
  if (provider === "i") return false;
  // All that are built in (src/backend/utils/adt/pg_locale_builtin.c).
  if (provider === "b") return true;
  return collation === "C" || collation === "POSIX";
}
