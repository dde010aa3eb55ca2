import type { Database } from "../database/database.ts";

/** What the planner is told by configuration, and where the server resolves names. Values as `SET` takes them, with their unit. */
export interface Settings {
  /** `server_version_num`: 150018, 180004. */
  readonly versionNumber: number;
  /** `server_version`: "15.18", "18.4 (Debian 18.4-1)". */
  readonly version: string;
  /** Schemas of the role's own `search_path` that exist, in order, `pg_catalog` left out. */
  readonly searchPath: readonly string[];
  /** The database sorts text by bytes (C, POSIX, builtin C.UTF-8), so a plain B-tree serves `LIKE 'x%'`. */
  readonly sortsByBytes: boolean;
  readonly planner: ReadonlyMap<string, string>;
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

const timeouts = `
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
   order by 1, 3 nulls first, 4 nulls first`;

interface TimeoutRow extends Pick<Timeout, "name" | "value"> {
  readonly role: string | null;
  readonly database: string | null;
}

/** Settings that change a plan or its cost (https://www.postgresql.org/docs/current/runtime-config-query.html, and memory). */
const planner = `
  select s.name,
         s.setting || case when s.setting ~ '^[0-9]+$' and s.unit = '8kB' then ''
                           when s.setting ~ '^[0-9]+$' then coalesce(s.unit, '') else '' end as value
    from pg_catalog.pg_settings s
   where s.category like 'Query Tuning%'
      or s.name in ('work_mem', 'hash_mem_multiplier', 'effective_io_concurrency', 'max_parallel_workers',
                    'max_parallel_workers_per_gather', 'max_worker_processes')
   order by s.name`;

/** Inside a transaction that pinned `search_path`, `reset_val` still holds what the role would have. */
const server = `
  select pg_catalog.current_setting('server_version_num')::pg_catalog.int4 as "versionNumber",
         pg_catalog.current_setting('server_version') as version,
         (select s.reset_val from pg_catalog.pg_settings s where s.name = 'search_path') as "searchPath",
         current_user::pg_catalog.text as "user",
         pg_catalog.to_jsonb(d) ->> 'datcollate' as collation,
         pg_catalog.to_jsonb(d) ->> 'datlocprovider' as provider,
         coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') as locale,
         (select pg_catalog.to_char(s.stats_reset at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
            from pg_catalog.pg_stat_database s where s.datname = d.datname) as "statisticsReset"
    from pg_catalog.pg_database d
   where d.datname = pg_catalog.current_database()`;

interface Server {
  readonly versionNumber: number;
  readonly version: string;
  readonly searchPath: string;
  readonly user: string;
  readonly collation: string;
  readonly provider: string | null;
  readonly locale: string | null;
  readonly statisticsReset: string | null;
}

const schemas = "select n.nspname::pg_catalog.text as name from pg_catalog.pg_namespace n order by n.nspname";

export async function readSettings(database: Database): Promise<Settings> {
  const [found] = await database.read<Server>(server);
  if (!found) throw new Error("pg_database has no row for the current database");
  const existing = new Set((await database.read<{ name: string }>(schemas)).map(({ name }) => name));
  const settings = await database.read<{ name: string; value: string }>(planner);
  return {
    versionNumber: found.versionNumber,
    version: found.version,
    searchPath: schemasOf(found.searchPath, found.user).filter((schema) => existing.has(schema)),
    sortsByBytes: sortsByBytes(found),
    planner: new Map(settings.map(({ name, value }) => [name, value])),
    statisticsReset: found.statisticsReset ?? undefined,
    timeouts: (await database.read<TimeoutRow>(timeouts)).map(({ role, database, ...timeout }) => ({
      ...timeout,
      role: role ?? undefined,
      database: database ?? undefined,
    })),
  };
}

/** The names in a `search_path` value: `"$user", public, "Odd ""one"""`. */
export function schemasOf(searchPath: string, user: string): string[] {
  const names = Array.from(searchPath.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g), ([, quoted, bare]) =>
    quoted === undefined ? (bare ?? "").toLowerCase() : quoted.replaceAll('""', '"'),
  );
  return [...new Set(names.map((name) => (name === "$user" ? user : name)))].filter((name) => name !== "pg_catalog");
}

function sortsByBytes({ provider, collation, locale }: Server): boolean {
  if (provider === "i") return false;
  if (provider === "b") return locale === "C" || locale === "C.UTF-8";
  return collation === "C" || collation === "POSIX";
}
