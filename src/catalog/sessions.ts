import type { Database } from "../database/database.ts";
import { catalogQuery, parsed } from "./query.ts";

/** How many connections the whole server has, of how many. */
export interface Sessions {
  readonly used: number;
  /** For roles without a privilege: without those that are reserved. */
  readonly most: number;
  readonly idle: number;
  /** Whose state this role may not see (`pg_read_all_stats`). */
  readonly hidden: number;
}

export const sessions = catalogQuery<Sessions>({
  name: "sessions",
  live: true,
  sql: `
  select pg_catalog.count(*)::pg_catalog.float8 as used,
         ${parsed("float8", "pg_catalog.current_setting('max_connections')")}
           - ${parsed("float8", "pg_catalog.current_setting('superuser_reserved_connections')")}
           - coalesce(${parsed("float8", "pg_catalog.current_setting('reserved_connections', true)")}, 0) as most,
         (pg_catalog.count(*) filter (where a.state = 'idle'))::pg_catalog.float8 as idle,
         (pg_catalog.count(*) filter (where a.backend_type is null))::pg_catalog.float8 as hidden
    from pg_catalog.pg_stat_activity a
   where a.backend_type = 'client backend' or (a.backend_type is null and a.usesysid is not null)`,
});

export const readSessions = async (database: Database): Promise<Sessions | undefined> => (await database.read<Sessions>(sessions.sql))[0];

/** A session that waits for a lock which others hold or wait for before it. */
export interface Blocked {
  readonly pid: number;
  /** Seconds. */
  readonly waits: number;
  readonly lock: string;
  readonly by: readonly number[];
  /** Seconds: `deadlock_timeout`, from which on a wait is more than a passing one. */
  readonly patience: number;
}

/** The manual asks to call `pg_blocking_pids` rarely, so only for those that wait (https://www.postgresql.org/docs/current/functions-info.html). */
export const blocked = catalogQuery<Blocked>({
  name: "blocked sessions",
  live: true,
  sql: `
  select l.pid as pid,
         extract(epoch from pg_catalog.clock_timestamp() - l.waitstart)::pg_catalog.float8 as waits,
         l.mode as lock,
         pg_catalog.to_jsonb(pg_catalog.pg_blocking_pids(l.pid)) as by,
         (select ${parsed("float8", "s.setting")} from pg_catalog.pg_settings s where s.name = 'deadlock_timeout') / 1000 as patience
    from pg_catalog.pg_locks l
   where not l.granted and l.waitstart is not null
   order by 2 desc, 1
   limit 20`,
});

export const readBlocked = (database: Database) => database.read<Blocked>(blocked.sql);
