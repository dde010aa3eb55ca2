import type { Database } from "../database/database.ts";
import { catalogQuery } from "./query.ts";

/** What a server and this database have counted, each since `since` (ISO 8601, of the database; undefined: since it was made). */
export interface ServerCounters {
  readonly since: string | undefined;
  readonly now: string;
  readonly commits: number;
  readonly rollbacks: number;
  readonly deadlocks: number;
  /** Bytes of temporary files. */
  readonly tempBytes: number;
  /** Blocks found in shared buffers, and asked of the system. */
  readonly hits: number;
  readonly reads: number;
  readonly checkpointsTimed: number;
  /** Because the log had grown by `max_wal_size`, or because somebody asked. */
  readonly checkpointsRequested: number;
  readonly checkpointsSince: string | undefined;
  /** Blocks that client sessions had to write out themselves; undefined before 16. */
  readonly clientWrites: number | undefined;
  readonly archived: number;
  readonly archiveFailures: number;
  readonly lastArchived: string | undefined;
  readonly lastArchiveFailure: string | undefined;
}

type Optional = "since" | "checkpointsSince" | "clientWrites" | "lastArchived" | "lastArchiveFailure";
type Row = Omit<ServerCounters, Optional> & { readonly [Field in Optional]: Exclude<ServerCounters[Field], undefined> | null };

const iso = (time: string) => `pg_catalog.to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
const number = (value: string) => `${value}::pg_catalog.float8`;

const countersWith = (timed: string, requested: string, view: string, writes: string) => `
  select ${iso("d.stats_reset")} as since,
         ${iso("pg_catalog.now()")} as now,
         ${number("d.xact_commit")} as commits,
         ${number("d.xact_rollback")} as rollbacks,
         ${number("d.deadlocks")} as deadlocks,
         ${number("d.temp_bytes")} as "tempBytes",
         ${number("d.blks_hit")} as hits,
         ${number("d.blks_read")} as reads,
         ${number(`c.${timed}`)} as "checkpointsTimed",
         ${number(`c.${requested}`)} as "checkpointsRequested",
         ${iso("c.stats_reset")} as "checkpointsSince",
         ${writes} as "clientWrites",
         ${number("a.archived_count")} as archived,
         ${number("a.failed_count")} as "archiveFailures",
         ${iso("a.last_archived_time")} as "lastArchived",
         ${iso("a.last_failed_time")} as "lastArchiveFailure"
    from pg_catalog.pg_stat_database d, pg_catalog.${view} c, pg_catalog.pg_stat_archiver a
   where d.datname = pg_catalog.current_database()`;

/** `pg_stat_io` came with 16, `pg_stat_checkpointer` with 17 (release notes of both). */
const [IO, CHECKPOINTER] = [160000, 170000];
const writes =
  "(select pg_catalog.sum(i.writes)::pg_catalog.float8 from pg_catalog.pg_stat_io i where i.backend_type = 'client backend' and i.object = 'relation')";
const ofBackground = ["checkpoints_timed", "checkpoints_req", "pg_stat_bgwriter"] as const;

export const serverCountersBefore16 = catalogQuery<Row>({
  name: "server counters",
  before: IO,
  sql: countersWith(...ofBackground, "null::pg_catalog.float8"),
});

export const serverCountersBefore17 = catalogQuery<Row>({
  name: "server counters",
  since: IO,
  before: CHECKPOINTER,
  sql: countersWith(...ofBackground, writes),
});

export const serverCounters = catalogQuery<Row>({
  name: "server counters",
  since: CHECKPOINTER,
  sql: countersWith("num_timed", "num_requested", "pg_stat_checkpointer", writes),
});

/** Undefined from a snapshot that was written before this was asked. */
export async function readServerCounters(database: Database, versionNumber: number): Promise<ServerCounters | undefined> {
  const { sql } = versionNumber < IO ? serverCountersBefore16 : versionNumber < CHECKPOINTER ? serverCountersBefore17 : serverCounters;
  const [row] = await database.read<Row>(sql);
  return (
    row && {
      ...row,
      since: row.since ?? undefined,
      checkpointsSince: row.checkpointsSince ?? undefined,
      clientWrites: row.clientWrites ?? undefined,
      lastArchived: row.lastArchived ?? undefined,
      lastArchiveFailure: row.lastArchiveFailure ?? undefined,
    }
  );
}
