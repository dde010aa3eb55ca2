import type { Follower } from "../../catalog/followers.ts";
import { literal, raw, sql } from "../../sql/quote.ts";
import { healthRule } from "../rule.ts";
import { size } from "../wording.ts";

/** Bytes: a reader that restarts comes back to less. */
const MUCH = 1024 ** 3;

export default healthRule({
  id: "health/replication-slot-inactive",
  severity: "warning",

  *check({ followers, settings }) {
    const endless = settings.get("max_slot_wal_keep_size") === "-1";
    for (const follower of followers) {
      const { kind, name, active, bytes = 0, state } = follower;
      if (kind === "standby" || active || (follower.bytes === undefined && state !== "lost")) continue;
      const isGrave = state === "lost" || state === "unreserved" || (endless && bytes >= MUCH);
      yield {
        message: `Nobody reads the ${kind} ${name}, ${costs(follower, endless)}.`,
        object: name,
        evidence: { source: "pg_replication_slots", retained_bytes: bytes, wal_status: state ?? "unknown" },
        ...(isGrave && { severity: "error" as const }),
        fix: sql`select pg_drop_replication_slot(${raw(literal(name))});`,
      };
    }
  },
});

function costs({ bytes = 0, state }: Follower, endless: boolean): string {
  if (state === "lost") return "and what it needs is gone: its reader has to start anew";
  return `and ${size(bytes)} of WAL are kept for it${endless ? ", without a limit, until the disk is full" : ""}`;
}
