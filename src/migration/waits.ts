import type { OpenTransaction } from "../catalog/open-transactions.ts";
import type { Statement } from "../sql/parse.ts";
import type { Name } from "../sql/quote.ts";
import { runsAlone } from "./alone.ts";
import type { Effect, LockMode } from "./step.ts";

/** A transaction that is open now and would keep a statement waiting, if it were run now. */
export interface Wait {
  readonly holder: OpenTransaction;
  /** What the statement needs that the holder keeps from it; undefined: it waits for every older snapshot. */
  readonly conflict: { readonly relation: Name; readonly needs: LockMode; readonly holds: LockMode } | undefined;
}

/** https://www.postgresql.org/docs/current/explicit-locking.html#TABLE-LOCK-COMPATIBILITY */
const conflicts: Readonly<Record<LockMode, readonly LockMode[]>> = {
  "ACCESS SHARE": ["ACCESS EXCLUSIVE"],
  "ROW SHARE": ["EXCLUSIVE", "ACCESS EXCLUSIVE"],
  "ROW EXCLUSIVE": ["SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"],
  "SHARE UPDATE EXCLUSIVE": ["SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"],
  SHARE: ["ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"],
  "SHARE ROW EXCLUSIVE": ["ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"],
  EXCLUSIVE: [
    ...(["ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"] as const),
  ],
  "ACCESS EXCLUSIVE": [
    ...(["ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE"] as const),
    "ACCESS EXCLUSIVE",
  ],
};

/** "AccessShareLock" of `pg_locks` */
const modeOf = (mode: string) =>
  mode
    .replace(/Lock$/, "")
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ")
    .toUpperCase();

/**
 * What a command that takes a weak lock waits for besides: transactions that hold what conflicts with this mode, or an older snapshot
 * (`DefineIndex` and `index_drop` in src/backend/catalog and commands; `ATDetachPartition…` in src/backend/commands/tablecmds.c).
 */
const concurrently: Readonly<Record<string, { readonly until: LockMode; readonly snapshots: boolean }>> = {
  "CREATE INDEX CONCURRENTLY": { until: "SHARE", snapshots: true },
  "REINDEX CONCURRENTLY": { until: "ACCESS EXCLUSIVE", snapshots: true },
  "DROP INDEX CONCURRENTLY": { until: "ACCESS EXCLUSIVE", snapshots: false },
  "ALTER TABLE ... DETACH CONCURRENTLY": { until: "ACCESS EXCLUSIVE", snapshots: false },
};

/** The oldest first. A table that the script made is nobody else's. */
export function waitsOf(statement: Statement, effects: readonly Effect[], open: readonly OpenTransaction[]): readonly Wait[] {
  const besides = concurrently[runsAlone(statement)?.command ?? ""];
  return open.flatMap((holder): readonly Wait[] => {
    const [conflict] = effects.flatMap((effect) => conflictOf(effect, besides?.until ?? effect.lock, holder));
    if (conflict) return [{ holder, conflict }];
    return besides?.snapshots && holder.hasSnapshot && holder.kind !== "autovacuum worker" ? [{ holder, conflict: undefined }] : [];
  });
}

/** An autovacuum gives way, unless it is there against wraparound. */
function conflictOf(
  { relation, table }: Effect,
  needs: LockMode | undefined,
  { locks, kind, stands }: OpenTransaction,
): readonly NonNullable<Wait["conflict"]>[] {
  if (!needs || !table || (kind === "autovacuum worker" && !stands)) return [];
  const held = locks.filter((each) => each.granted && each.relation === table.oid).map(({ mode }) => modeOf(mode));
  const holds = conflicts[needs].findLast((mode) => held.includes(mode));
  return holds ? [{ relation, needs, holds }] : [];
}
