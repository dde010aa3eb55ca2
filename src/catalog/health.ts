import type { Database } from "../database/database.ts";
import { type Bloat, readBloat } from "./bloat.ts";
import { type DeadRows, readDeadRows } from "./dead-rows.ts";
import { type Follower, readFollowers } from "./followers.ts";
import { readFreezing, type Unfrozen } from "./freezing.ts";
import { type IndexBloat, readIndexBloat } from "./index-bloat.ts";
import { type OpenTransaction, readOpenTransactions } from "./open-transactions.ts";
import { readServerCounters, type ServerCounters } from "./server-counters.ts";
import { readServerSettings } from "./server-settings.ts";
import { type Blocked, readBlocked, readSessions, type Sessions } from "./sessions.ts";
import type { Settings } from "./settings.ts";

/** How a server is doing. Lists are empty, and the rest undefined, where nothing was read or a snapshot stands in for it. */
export interface Health {
  readonly versionNumber: number;
  readonly version: string;
  readonly replica: boolean;
  /** By the server's clock, ISO 8601. */
  readonly asOf: string | undefined;
  readonly settings: ReadonlyMap<string, string>;
  readonly timeouts: Settings["timeouts"];
  readonly unfrozen: readonly Unfrozen[];
  readonly deadRows: readonly DeadRows[];
  readonly bloat: readonly Bloat[];
  readonly indexBloat: readonly IndexBloat[];
  readonly sessions: Sessions | undefined;
  readonly blocked: readonly Blocked[];
  /** Prepared ones among them. */
  readonly transactions: readonly OpenTransaction[];
  readonly followers: readonly Follower[];
  readonly counters: ServerCounters | undefined;
}

/** Nine short queries, whatever is asked, so that one answer is of one moment. */
export async function readHealth(database: Database, settings: Settings): Promise<Health> {
  const { versionNumber, version, replica, asOf, timeouts } = settings;
  return {
    versionNumber,
    version,
    replica,
    asOf,
    timeouts,
    settings: await readServerSettings(database),
    unfrozen: await readFreezing(database),
    deadRows: await readDeadRows(database),
    bloat: await readBloat(database),
    indexBloat: await readIndexBloat(database),
    sessions: await readSessions(database),
    blocked: await readBlocked(database),
    transactions: await readOpenTransactions(database, []),
    followers: await readFollowers(database),
    counters: await readServerCounters(database, versionNumber),
  };
}
