import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

/** Who follows the log of this server, or a slot that keeps it for somebody. */
export interface Follower {
  readonly kind: "physical slot" | "logical slot" | "standby";
  readonly name: string;
  readonly active: boolean;
  /** Bytes of the log that are kept for it, or that it has not replayed; undefined where this role may not see it. */
  readonly bytes: number | undefined;
  /** Of a slot, `wal_status`: "reserved", "extended", "unreserved", "lost"; of a standby its state. */
  readonly state: string | undefined;
}

type Row = { readonly [Field in keyof Follower]: Exclude<Follower[Field], undefined> | (Field extends "bytes" | "state" ? null : never) };

const end = "case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn() else pg_catalog.pg_current_wal_lsn() end";

export const followers = catalogQuery<Row>({
  name: "followers",
  live: true,
  sql: `
  select s.slot_type || ' slot' as kind,
         s.slot_name::pg_catalog.text as name,
         s.active as active,
         pg_catalog.pg_wal_lsn_diff(${end}, s.restart_lsn)::pg_catalog.float8 as bytes,
         s.wal_status as state
    from pg_catalog.pg_replication_slots s
   where not s.temporary
   union all
  select 'standby', coalesce(nullif(r.application_name, ''), 'a standby'), true,
         pg_catalog.pg_wal_lsn_diff(${end}, r.replay_lsn)::pg_catalog.float8, r.state
    from pg_catalog.pg_stat_replication r
   where r.state is distinct from 'backup'
   order by 1, 2`,
});

export async function readFollowers(database: Database): Promise<readonly Follower[]> {
  const rows = await database.read<Row>(followers.sql);
  return rows.map((row) => ({ ...row, bytes: row.bytes ?? undefined, state: row.state ?? undefined }));
}
