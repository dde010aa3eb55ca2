import { answersOf } from "../catalog/snapshot-database.ts";
import { readSnapshotFile, type Snapshot } from "../catalog/snapshot-file.ts";
import { ToolError } from "../error.ts";
import { type Counted, readCounted } from "../workload/counted.ts";
import { type Difference, differencesBetween } from "../workload/difference.ts";
import { type Order, orders } from "../workload/orders.ts";
import { countsIn, type ServerCounts } from "./slow-workload.ts";

export interface Since {
  readonly snapshot: Snapshot;
  /** In the order that was asked for, by what was counted since. */
  readonly differences: readonly Difference[];
  readonly limits: readonly string[];
}

interface Asked {
  readonly file: string;
  readonly now: readonly Counted[];
  readonly counts: ServerCounts;
  readonly order: Order;
}

/** What was counted since a snapshot was written. */
export async function readSince({ file, now, counts, order }: Asked): Promise<Since> {
  const snapshot = await readSnapshotFile(file);
  const { found } = await countsIn(answersOf(snapshot));
  if ("state" in found) {
    const why = found.state === "left out" ? "was written with --no-workload" : "was written where pg_stat_statements could not be read";
    throw new ToolError(
      "bad_snapshot",
      `The snapshot ${file} ${why}, so there is nothing to compare with. Write a new one with \`backend-db-mcp snapshot\` for the next time.`,
    );
  }
  if (snapshot.takenAt > counts.now) {
    throw new ToolError(
      "bad_snapshot",
      `The snapshot ${file} is of ${snapshot.takenAt}, which is after what it would be compared with (${counts.now}). Name an older one.`,
    );
  }
  const before = await readCounted(found.statements, order);
  const both = { now, before: before.statements, takenAt: snapshot.takenAt, until: counts.now, since: counts.workload.since };
  const by = orders[order];
  const differences = differencesBetween(both).toSorted((one, other) => by(other.figures) - by(one.figures));
  const anew = differences.filter(({ anew }) => anew).length;
  return {
    snapshot,
    differences,
    limits: [
      ...(snapshot.database === counts.database
        ? []
        : [`whether the snapshot is of this database: it is of ${snapshot.database}, and this is ${counts.database}`]),
      ...(anew > 0
        ? [
            `what ${anew} statements did between the snapshot and ${counts.workload.since ?? "their own start"}: their counters were set back`,
          ]
        : []),
      ...(before.left > 0 ? ["which statements are new for sure: of the snapshot, only the first in each order were looked at"] : []),
    ],
  };
}
