import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

/** What follows a server's log directly and may answer queries. What follows through an archive, or through another standby, it does not know. */
export interface Standby {
  /** What it calls itself, or the slot that waits for it; undefined where this role may not see it (`pg_read_all_stats`). */
  readonly name: string | undefined;
  /** Now; else only its slot is there. */
  readonly connected: boolean;
}

interface Row extends Omit<Standby, "name"> {
  readonly name: string | null;
}

/** Backups and archivers follow the log too, by names of their own (`fallback_application_name` of each program), and logical decoding by its slots. */
export const standbys = catalogQuery<Row>({
  name: "standbys",
  sql: `
  select r.application_name as name, true as connected
    from pg_catalog.pg_stat_replication r
   where r.state is distinct from 'backup'
     and coalesce(r.application_name, '') not in ('pg_basebackup', 'pg_receivewal')
     and not exists (select from pg_catalog.pg_replication_slots s where s.active_pid = r.pid and s.slot_type = 'logical')
   union all
  select s.slot_name::pg_catalog.text, false
    from pg_catalog.pg_replication_slots s
   where s.slot_type = 'physical' and not s.active and s.restart_lsn is not null
   order by 2 desc, 1 nulls last`,
});

export async function readStandbys(database: Database): Promise<readonly Standby[]> {
  return (await database.read<Row>(standbys.sql)).map((row) => ({ ...row, name: row.name ?? undefined }));
}
