import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

/** How a server is run: what new sessions get, in the unit that `pg_settings` counts in. */
export interface ServerSetting {
  readonly name: string;
  readonly value: string;
}

/** With a line `platform` where a provider's own role is there, which it makes on every server of its. */
export const serverSettings = catalogQuery<ServerSetting>({
  name: "server settings",
  sql: `
  select s.name as name, s.reset_val as value
    from pg_catalog.pg_settings s
   where s.name in ('archive_mode', 'auto_explain.log_min_duration', 'autovacuum', 'checkpoint_timeout', 'data_checksums', 'fsync', 'full_page_writes',
                    'idle_in_transaction_session_timeout', 'log_lock_waits', 'log_min_duration_statement', 'max_slot_wal_keep_size', 'max_wal_size', 'shared_buffers',
                    'synchronous_commit', 'track_counts', 'wal_level')
   union all
  (select 'platform', p.platform
     from (values ('rdsadmin', 'Amazon RDS'), ('cloudsqladmin', 'Cloud SQL'), ('azure_pg_admin', 'Azure'), ('supabase_admin', 'Supabase'))
          as p (role, platform)
     join pg_catalog.pg_roles r on r.rolname = p.role
    order by p.platform
    limit 1)
   order by 1`,
});

/** Empty from a snapshot that was written before this was asked. */
export async function readServerSettings(database: Database): Promise<ReadonlyMap<string, string>> {
  return new Map((await database.read<ServerSetting>(serverSettings.sql)).map(({ name, value }) => [name, value]));
}
