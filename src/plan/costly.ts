import type { Plan, PlanNode } from "./plan.ts";

/** A node that takes a large part of what the plan takes. */
export interface Costly {
  readonly node: PlanNode;
  /** Without the nodes below: milliseconds where the times of the plan are known, else the planner's units. */
  readonly own: number;
  /** Of the whole plan, 0 to 1. */
  readonly share: number;
  /** What it does so much of, as a sentence goes on after "it": "reads 200,000 rows to keep 12". */
  readonly reason: string;
}

/** What `own` counts. */
export const unitOf = ({ root }: Plan): "ms" | "cost" => (root.ownTime === undefined ? "cost" : "ms");

export const ownOf = (plan: Plan, node: PlanNode): number => (unitOf(plan) === "ms" ? node.ownTime : node.ownCost) ?? 0;

/** Below this share nobody would start with it. */
const SHARE = 0.1;
const MOST = 3;

/** The few nodes that matter, the heaviest first. */
export function costlyNodes(plan: Plan): readonly Costly[] {
  const total = plan.nodes.reduce((sum, node) => sum + ownOf(plan, node), 0);
  return plan.nodes
    .map((node) => ({ node, own: ownOf(plan, node), share: total > 0 ? ownOf(plan, node) / total : 0 }))
    .filter(({ share }) => share >= SHARE)
    .toSorted((a, b) => b.own - a.own)
    .slice(0, MOST)
    .map((one) => ({ ...one, reason: reasonFor(one.node) }));
}

/** The first that says something, the most telling before what is true of every node. */
const reasonFor = (node: PlanNode): string => REASONS.map((tell) => tell(node)).find((reason) => reason !== undefined) ?? "";

/** So many times as many rows are read as are kept. */
const WASTE = 10;

/** Of 8 kB: 8 MB. */
const MANY_BLOCKS = 1_000;

const REASONS: readonly ((node: PlanNode) => string | undefined)[] = [
  ({ actualRows, rowsRemovedByFilter = 0, rowsRemovedByIndexRecheck = 0 }) => {
    const removed = rowsRemovedByFilter + rowsRemovedByIndexRecheck;
    return actualRows !== undefined && removed > WASTE * actualRows
      ? `reads ${count(removed + actualRows)} rows to keep ${count(actualRows)}`
      : undefined;
  },
  ({ actualRows, rowsRemovedByJoinFilter = 0 }) =>
    actualRows !== undefined && rowsRemovedByJoinFilter > WASTE * actualRows
      ? `compares ${count(rowsRemovedByJoinFilter + actualRows)} pairs of rows to keep ${count(actualRows)}`
      : undefined,
  ({ sortSpaceType, sortSpaceUsed = 0 }) => (sortSpaceType === "Disk" ? `sorts on disk (${size(sortSpaceUsed)})` : undefined),
  ({ hashBatches = 1 }) =>
    hashBatches > 1 ? `does not fit into memory and is split into ${count(hashBatches)} parts, all but one on disk` : undefined,
  ({ hashAggBatches = 1, diskUsage = 0 }) => (hashAggBatches > 1 ? `keeps groups on disk (${size(diskUsage)})` : undefined),
  ({ storage }) => (storage?.type === "Disk" ? `keeps its rows on disk (${size(storage.size)})` : undefined),
  ({ lossyHeapBlocks = 0 }) =>
    lossyHeapBlocks > 0 ? `checks every row of ${count(lossyHeapBlocks)} blocks, because its bitmap outgrew work_mem` : undefined,
  ({ ownIoTimes, ownTime = 0 }) => {
    const waits = (ownIoTimes?.sharedRead ?? 0) + (ownIoTimes?.localRead ?? 0) + (ownIoTimes?.tempRead ?? 0);
    return ownTime > 0 && waits > ownTime / 2 ? `waits ${waits.toFixed(1)} ms for reads` : undefined;
  },
  ({ ownBuffers }) =>
    ownBuffers && ownBuffers.sharedRead >= MANY_BLOCKS
      ? `reads ${count(ownBuffers.sharedRead)} blocks that were not in shared buffers`
      : undefined,
  ({ loops = 1, actualRows = 0, parallelAware }) =>
    loops > 1 && !parallelAware ? `runs ${count(loops)} times and returns ${rows(actualRows)}` : undefined,
  ({ type, relationRows, planRows, loops }) =>
    type === "Seq Scan" && loops === undefined && relationRows !== undefined
      ? `reads all ${rows(relationRows)} to return ${count(planRows)}`
      : undefined,
  ({ type, children: [input] }) =>
    type === "ModifyTable" && input?.actualRows !== undefined
      ? `writes ${rows(input.actualRows)}, to the table and its indexes`
      : undefined,
  ({ actualRows }) => (actualRows === undefined ? undefined : `returns ${rows(actualRows)}`),
  ({ expectedRows }) => `is expected to return ${rows(expectedRows)}`,
];

const count = (number: number) => Math.round(number).toLocaleString("en-US");
const rows = (number: number) => `${count(number)} ${number === 1 ? "row" : "rows"}`;

/** Of kB. */
const size = (kilobytes: number) => (kilobytes < 10_000 ? `${count(kilobytes)} kB` : `${count(kilobytes / 1024)} MB`);
