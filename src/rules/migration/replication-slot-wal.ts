import type { ReplicationSlot } from "../../catalog/replication-slots.ts";
import { migrationRule } from "../rule.ts";
import { LARGE, megabytes, placeOf, SMALL } from "../touched.ts";

/** The server gives it up when so much more is written. */
const isLostBy = ({ safeBytes }: ReplicationSlot, wal: number) => safeBytes !== undefined && safeBytes < wal;

/** Nobody reads it, or he is so far behind that what is written now waits as well. */
const isBehind = ({ active, retainedBytes }: ReplicationSlot) => !active || retainedBytes >= LARGE;

export default migrationRule({
  id: "migration/replication-slot-wal",
  severity: "warning",

  *check(step) {
    const { walBytes = 0 } = step.work ?? {};
    if (step.refused || walBytes < SMALL) return;
    for (const slot of step.found?.slots ?? []) {
      const isLost = isLostBy(slot, walBytes);
      if (!isLost && !isBehind(slot)) continue;

      const { name, kind, active, retainedBytes } = slot;
      const state = `the ${kind} replication slot ${name}, ${active ? "whose reader is behind" : "which nobody reads now"},`;
      const then = isLost
        ? "more than max_slot_wal_keep_size leaves it, so that the server gives the slot up and who reads it starts anew"
        : "until it is read or dropped, that stays on disk";
      yield {
        message: `This writes about ${megabytes(walBytes)} of WAL, and ${state} keeps ${megabytes(retainedBytes)} already: ${then}.`,
        span: placeOf(step),
        object: name,
        severity: isLost ? "error" : "warning",
        evidence: { wal_bytes: walBytes, retained_bytes: retainedBytes },
      };
    }
  },
});
