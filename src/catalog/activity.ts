import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

/** Connections alike, counted: never what they run. */
export interface Activity {
  /** Of this database; undefined where the role may not see whose it is. */
  readonly user: string | undefined;
  /** "active", "idle", "idle in transaction", "idle in transaction (aborted)"…; undefined where the role may not see it. */
  readonly state: string | undefined;
  readonly connections: number;
  /** Of those, the ones that wait for a lock. */
  readonly waitingForLock: number;
  /** Seconds since the oldest of their transactions began. */
  readonly oldestTransaction: number | undefined;
  /** Seconds since the one longest in this state entered it. */
  readonly longestInState: number | undefined;
  /** Transactions since the oldest snapshot that they hold: what VACUUM cannot remove because of them. */
  readonly oldestSnapshot: number | undefined;
}

type Optional = "user" | "state" | "oldestTransaction" | "longestInState" | "oldestSnapshot";
type Row = Omit<Activity, Optional> & { readonly [Field in Optional]: Exclude<Activity[Field], undefined> | null };

/** A role without `pg_read_all_stats` sees that other users' connections are there, and no more of them. */
export const activity = catalogQuery<Row>({
  name: "activity",
  sql: `
  select a.usename::pg_catalog.text as "user",
         a.state as state,
         pg_catalog.count(*)::pg_catalog.int4 as connections,
         (pg_catalog.count(*) filter (where a.wait_event_type = 'Lock'))::pg_catalog.int4 as "waitingForLock",
         pg_catalog.max(extract(epoch from pg_catalog.now() - a.xact_start))::pg_catalog.float8 as "oldestTransaction",
         pg_catalog.max(extract(epoch from pg_catalog.now() - a.state_change))::pg_catalog.float8 as "longestInState",
         pg_catalog.max(pg_catalog.age(a.backend_xmin)) as "oldestSnapshot"
    from pg_catalog.pg_stat_activity a
   where a.datname = pg_catalog.current_database()
     and a.pid <> pg_catalog.pg_backend_pid()
     and (a.backend_type = 'client backend' or a.backend_type is null)
   group by 1, 2
   order by 1 nulls last, 2 nulls last`,
});

export async function readActivity(database: Database): Promise<readonly Activity[]> {
  const rows = await database.read<Row>(activity.sql);
  return rows.map((row) => ({
    ...row,
    user: row.user ?? undefined,
    state: row.state ?? undefined,
    oldestTransaction: row.oldestTransaction ?? undefined,
    longestInState: row.longestInState ?? undefined,
    oldestSnapshot: row.oldestSnapshot ?? undefined,
  }));
}
