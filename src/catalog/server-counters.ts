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
  /** Writes of tables and indexes out of shared buffers, without COPY and vacuum: by client sessions, and by everybody. Undefined before 16. */
  readonly clientWrites: number | undefined;
  readonly allWrites: number | undefined;
  /** Milliseconds of all sessions of this database: connected, busy with a statement, waiting in a transaction for the next one. */
  readonly connectedMs: number;
  readonly busyMs: number;
  readonly heldMs: number;
  readonly archived: number;
  readonly archiveFailures: number;
  readonly lastArchived: string | undefined;
  readonly lastArchiveFailure: string | undefined;
}

type Optional = "since" | "checkpointsSince" | "clientWrites" | "allWrites" | "lastArchived" | "lastArchiveFailure";
type Row = Omit<ServerCounters, Optional> & { readonly [Field in Optional]: Exclude<ServerCounters[Field], undefined> | null };

const iso = (time: string) => `pg_catalog.to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
const number = (value: string) => `${value}::pg_catalog.float8`;

const countersWith = (timed: string, requested: string, view: string, [client, all]: readonly [string, string]) => `
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
         ${client} as "clientWrites",
         ${all} as "allWrites",
         ${number("d.session_time")} as "connectedMs",
         ${number("d.active_time")} as "busyMs",
         ${number("d.idle_in_transaction_time")} as "heldMs",
         ${number("a.archived_count")} as archived,
         ${number("a.failed_count")} as "archiveFailures",
         ${iso("a.last_archived_time")} as "lastArchived",
         ${iso("a.last_failed_time")} as "lastArchiveFailure"
    from pg_catalog.pg_stat_database d, pg_catalog.${view} c, pg_catalog.pg_stat_archiver a
   where d.datname = pg_catalog.current_database()`;

/** `pg_stat_io` came with 16, `pg_stat_checkpointer` with 17 (release notes of both). */
const [IO, CHECKPOINTER] = [160000, 170000];
const writesBy = (who: string) =>
  `(select pg_catalog.sum(i.writes)::pg_catalog.float8 from pg_catalog.pg_stat_io i where i.object = 'relation' and i.context = 'normal'${who})`;
const writes = [writesBy(" and i.backend_type = 'client backend'"), writesBy("")] as const;
const unknown = ["null::pg_catalog.float8", "null::pg_catalog.float8"] as const;
const ofBackground = ["checkpoints_timed", "checkpoints_req", "pg_stat_bgwriter"] as const;

export const serverCountersBefore16 = catalogQuery<Row>({
  name: "server counters",
  before: IO,
  sql: countersWith(...ofBackground, unknown),
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
      allWrites: row.allWrites ?? undefined,
      lastArchived: row.lastArchived ?? undefined,
      lastArchiveFailure: row.lastArchiveFailure ?? undefined,
    }
  );
}
