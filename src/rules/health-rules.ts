import archivingFailing from "./health/archiving-failing.ts";
import autovacuumFallingBehind from "./health/autovacuum-falling-behind.ts";
import autovacuumOff from "./health/autovacuum-off.ts";
import backendWrites from "./health/backend-writes.ts";
import blockedSessions from "./health/blocked-sessions.ts";
import cacheHitRate from "./health/cache-hit-rate.ts";
import checkpointsRequested from "./health/checkpoints-requested.ts";
import checksumsOff from "./health/checksums-off.ts";
import connectionSaturation from "./health/connection-saturation.ts";
import connectionsMostlyIdle from "./health/connections-mostly-idle.ts";
import deadTuples from "./health/dead-tuples.ts";
import durabilityOff from "./health/durability-off.ts";
import idleInTransaction from "./health/idle-in-transaction.ts";
import indexBloat from "./health/index-bloat.ts";
import longTransaction from "./health/long-transaction.ts";
import noArchiving from "./health/no-archiving.ts";
import preparedXacts from "./health/prepared-xacts.ts";
import replicationSlotInactive from "./health/replication-slot-inactive.ts";
import settingsTimeoutsMissing from "./health/settings-timeouts-missing.ts";
import standbyLag from "./health/standby-lag.ts";
import tableBloat from "./health/table-bloat.ts";
import versionOutOfSupport from "./health/version-out-of-support.ts";
import wraparoundRisk from "./health/wraparound-risk.ts";
import type { HealthRule } from "./rule.ts";

/** By the part of check_health that they belong to, each in the order of the file names. */
export const healthRules = {
  vacuum: [autovacuumFallingBehind, autovacuumOff, deadTuples, wraparoundRisk],
  bloat: [indexBloat, tableBloat],
  connections: [connectionSaturation, connectionsMostlyIdle],
  transactions: [blockedSessions, idleInTransaction, longTransaction, preparedXacts],
  io: [backendWrites, cacheHitRate],
  replication: [replicationSlotInactive, standbyLag],
  checkpoints: [checkpointsRequested],
  settings: [durabilityOff, settingsTimeoutsMissing],
  versions: [versionOutOfSupport],
  backups: [archivingFailing, checksumsOff, noArchiving],
} satisfies Readonly<Record<string, readonly HealthRule[]>>;
