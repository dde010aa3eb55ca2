import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

/** A place in the log up to which a server keeps it for somebody, whether he comes or not. */
export interface ReplicationSlot {
  readonly name: string;
  readonly kind: "physical" | "logical";
  /** Somebody reads it now. */
  readonly active: boolean;
  /** Bytes of WAL that are kept for it. */
  readonly retainedBytes: number;
  /** Bytes of WAL after which the server gives it up, by `max_slot_wal_keep_size`; undefined: it never does. */
  readonly safeBytes: number | undefined;
}

interface Row extends Omit<ReplicationSlot, "safeBytes"> {
  readonly safeBytes: number | null;
}

/** Those that keep WAL: not one that has none yet, nor one that the server has given up (https://www.postgresql.org/docs/current/view-pg-replication-slots.html). */
export const replicationSlots = catalogQuery<Row>({
  name: "replication slots",
  live: true,
  sql: `
  select s.slot_name::pg_catalog.text as name,
         s.slot_type as kind,
         s.active as active,
         pg_catalog.pg_wal_lsn_diff(
           case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn() else pg_catalog.pg_current_wal_lsn() end,
           s.restart_lsn)::pg_catalog.float8 as "retainedBytes",
         s.safe_wal_size::pg_catalog.float8 as "safeBytes"
    from pg_catalog.pg_replication_slots s
   where s.restart_lsn is not null
     and s.wal_status is distinct from 'lost'
     and not s.temporary
   order by 4 desc, 1`,
});

export async function readReplicationSlots(database: Database): Promise<readonly ReplicationSlot[]> {
  const rows = await database.read<Row>(replicationSlots.sql);
  return rows.map((row) => ({ ...row, safeBytes: row.safeBytes ?? undefined }));
}
