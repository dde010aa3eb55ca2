import type { Database } from "../database/database.ts";
import { catalogQuery, parsed, printed } from "./query.ts";

/** How far the counters of one server can be trusted. */
export interface Counters {
  /** Since when they count at the earliest, ISO 8601; undefined where nobody knows. */
  readonly since: string | undefined;
  /** `track_counts` is on: without it nothing is counted. */
  readonly counting: boolean;
  /** `server_version_num`. */
  readonly versionNumber: number;
  /** A standby: its counters are its own. */
  readonly standby: boolean;
  /** A standby that is connected to what it follows, not fed from an archive. */
  readonly streaming: boolean;
  /** When its postmaster started, to the microsecond: no two servers have the same. */
  readonly started: string;
}

interface Row extends Omit<Counters, "since"> {
  readonly since: string | null;
}

/**
 * A crash empties the counters of a database and leaves no time of it there (`pgstat_reset_after_failure` in
 * src/backend/utils/activity/pgstat.c), but with those of the server as a whole, which it sets back too. Those may be set
 * back by hand one by one, so the earliest of them is nearest to the crash.
 */
export const counters = catalogQuery<Row>({
  name: "counters",
  sql: `
  select pg_catalog.to_char(
           greatest((select d.stats_reset from pg_catalog.pg_stat_database d where d.datname = pg_catalog.current_database()),
                    least((select a.stats_reset from pg_catalog.pg_stat_archiver a),
                          (select b.stats_reset from pg_catalog.pg_stat_bgwriter b),
                          (select w.stats_reset from pg_catalog.pg_stat_wal w))) at time zone 'UTC',
           'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since,
         ${parsed("bool", "pg_catalog.current_setting('track_counts')")} as counting,
         ${parsed("int4", "pg_catalog.current_setting('server_version_num')")} as "versionNumber",
         pg_catalog.pg_is_in_recovery() as standby,
         exists (select from pg_catalog.pg_stat_wal_receiver) as streaming,
         ${printed("extract(epoch from pg_catalog.pg_postmaster_start_time())")} as started`,
});

/** Undefined from a snapshot that was written before this was asked. */
export async function readCounters(database: Database): Promise<Counters | undefined> {
  const [found] = await database.read<Row>(counters.sql);
  return found && { ...found, since: found.since ?? undefined };
}
