import { readServerCounters, type ServerCounters } from "../catalog/server-counters.ts";
import { answersOf } from "../catalog/snapshot-database.ts";
import { readSnapshotFile } from "../catalog/snapshot-file.ts";
import { ToolError } from "../error.ts";
import { perDay } from "../workload/difference.ts";
import type { Rate } from "./check-health.ts";

/** Counters that only grow, with the view that has them. */
const growing = {
  commits: ["commits", "pg_stat_database"],
  rollbacks: ["rollbacks", "pg_stat_database"],
  deadlocks: ["deadlocks", "pg_stat_database"],
  tempBytes: ["bytes of temporary files", "pg_stat_database"],
  reads: ["blocks read from outside shared buffers", "pg_stat_database"],
  checkpointsTimed: ["checkpoints in time", "checkpoint counters"],
  checkpointsRequested: ["checkpoints before their time", "checkpoint counters"],
  archiveFailures: ["failures of archiving", "pg_stat_archiver"],
} satisfies Partial<Record<keyof ServerCounters, readonly [string, string]>>;

interface Rates {
  readonly rates: readonly Rate[];
  readonly limits: readonly string[];
}

interface Now {
  readonly now: ServerCounters | undefined;
  readonly database: string;
}

/** Differences per day since a snapshot was written. A counter that fell was set back, so it has no rate. */
export async function ratesSince(file: string, { now, database }: Now): Promise<Rates> {
  const snapshot = await readSnapshotFile(file);
  const before = await readServerCounters(answersOf(snapshot), snapshot.versionNumber);
  if (!before || !now)
    return { rates: [], limits: [`rates: there are no counters of the server in ${before ? "this source" : "the snapshot"}`] };
  const period = { from: before.now, to: now.now };
  if (before.now >= now.now)
    throw new ToolError("bad_snapshot", `The snapshot ${file} is of ${before.now}, which is not before ${now.now}. Name an older one.`);
  const names = Object.keys(growing) as (keyof typeof growing)[];
  const fell = names.filter((name) => now[name] < before[name]);
  const rates = names
    .filter((name) => now[name] > before[name])
    .flatMap((name) => {
      const [counter, source] = growing[name];
      const per_day = perDay(now[name] - before[name], period);
      return per_day === undefined ? [] : [{ counter, per_day: Math.round(per_day), source }];
    });
  return {
    rates,
    limits: [
      ...(perDay(0, period) === undefined ? ["rates: the snapshot is less than an hour old"] : []),
      ...(fell.length === 0 ? [] : [`rates of ${fell.map((name) => growing[name][0]).join(", ")}: these were set back since the snapshot`]),
      ...(snapshot.database === database
        ? []
        : [`whether the snapshot is of this database: it is of ${snapshot.database}, and this is ${database}`]),
    ],
  };
}
