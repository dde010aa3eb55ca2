import cteScanReread from "./plan/cte-scan-reread.ts";
import hashBatches from "./plan/hash-batches.ts";
import hashaggSpill from "./plan/hashagg-spill.ts";
import heapFetches from "./plan/heap-fetches.ts";
import incrementalSort from "./plan/incremental-sort.ts";
import indexScanLowEfficiency from "./plan/index-scan-low-efficiency.ts";
import ioHeavy from "./plan/io-heavy.ts";
import jitOverhead from "./plan/jit-overhead.ts";
import limitOrderedIndexTrap from "./plan/limit-ordered-index-trap.ts";
import lossyBitmap from "./plan/lossy-bitmap.ts";
import memoizeEvictions from "./plan/memoize-evictions.ts";
import nestedLoopExplosion from "./plan/nested-loop-explosion.ts";
import partitionsNotPruned from "./plan/partitions-not-pruned.ts";
import planningTime from "./plan/planning-time.ts";
import preparedGenericPlanRisk from "./plan/prepared-generic-plan-risk.ts";
import rlsCostInPlan from "./plan/rls-cost-in-plan.ts";
import rowMisestimate from "./plan/row-misestimate.ts";
import seqScanLargeFiltered from "./plan/seq-scan-large-filtered.ts";
import sortSpill from "./plan/sort-spill.ts";
import triggerTime from "./plan/trigger-time.ts";
import workersNotLaunched from "./plan/workers-not-launched.ts";
import type { PlanRule } from "./rule.ts";

/** In the order of their file names, as `tests/rules/lists.test.ts` holds. */
export const planRules: readonly PlanRule[] = [
  cteScanReread,
  hashBatches,
  hashaggSpill,
  heapFetches,
  incrementalSort,
  indexScanLowEfficiency,
  ioHeavy,
  jitOverhead,
  limitOrderedIndexTrap,
  lossyBitmap,
  memoizeEvictions,
  nestedLoopExplosion,
  partitionsNotPruned,
  planningTime,
  preparedGenericPlanRisk,
  rlsCostInPlan,
  rowMisestimate,
  seqScanLargeFiltered,
  sortSpill,
  triggerTime,
  workersNotLaunched,
];
