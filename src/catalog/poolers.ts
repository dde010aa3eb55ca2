import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

/** What shows that connections come through a pooler. That none is shown proves nothing: most pass on the names of their clients. */
export interface PoolerSign {
  readonly pooler: "PgBouncer" | "Supavisor" | "RDS Proxy";
  readonly by: "application_name" | "user" | "role";
  /** Connections with that sign now; 0 of a role that is only there. */
  readonly connections: number;
}

/**
 * PgBouncer writes the client's address behind the name with `application_name_add_host` (https://www.pgbouncer.org/config.html), RDS Proxy
 * watches as `rdsproxyadmin`, Supavisor calls itself so (docs/migrating/pgbouncer.md of its repository). Connections of all databases.
 */
export const poolers = catalogQuery<PoolerSign>({
  name: "poolers",
  live: true,
  sql: `
  select s.pooler as pooler, s.by as by, pg_catalog.count(*)::pg_catalog.int4 as connections
    from pg_catalog.pg_stat_activity a
   cross join lateral (values
           ('PgBouncer', 'application_name', a.application_name ~* '^pgbouncer| - ([0-9.]+|[0-9a-f:.]+|\\[[0-9a-f:.]+\\]|unix(\\([^)]*\\))?):[0-9]+$'),
           ('Supavisor', 'application_name', a.application_name ~* 'supavisor'),
           ('PgBouncer', 'user', a.usename ~* '^pgbouncer'),
           ('RDS Proxy', 'user', a.usename = 'rdsproxyadmin')) s (pooler, by, seen)
   where s.seen
   group by 1, 2
   union all
  select 'PgBouncer', 'role', 0
   where exists (select from pg_catalog.pg_roles r where r.rolname = 'pgbouncer')
   order by 3 desc, 1, 2`,
});

/** Of this moment. None from a snapshot. */
export const readPoolers = (database: Database) => database.read<PoolerSign>(poolers.sql);
