import type { Buffers, IoTimes, PrintedNode } from "./node.ts";
import { isHashed, ownCosts } from "./own-costs.ts";

/** What follows from the numbers of a node and of those around it. */
export interface Resolved {
  /** `planRows` over all loops and workers, so that it compares with `actualRows`. */
  readonly expectedRows: number;
  /** Over all loops and workers. */
  readonly actualRows: number | undefined;
  /** The printed mean was rounded: there may have been as many as this. */
  readonly actualRowsAtMost: number | undefined;
  /** Milliseconds of the clock, without the nodes below; of parallel workers their mean. */
  readonly ownTime: number | undefined;
  /** In the planner's units, over all the loops it expects, without the nodes below; of all nodes they add up to the root's cost. */
  readonly ownCost: number;
  readonly ownBuffers: Buffers | undefined;
  /** Of parallel workers their sum, which may be more than the time of the clock. */
  readonly ownIoTimes: IoTimes | undefined;
  /** Bytes that `planRows` take in memory by the planner's count: `relation_byte_size` in src/backend/optimizer/path/costsize.c. */
  readonly expectedBytes: number;
  /** The share of its rows, 0 to 1, that the planner expects to be asked for before a LIMIT above has enough. */
  readonly expectedShare: number;
  /** Of a Sort under a LIMIT: the rows it has to keep, the skipped ones of an OFFSET included. */
  readonly sortBound: number | undefined;
  /** A node above may have had enough before this one was done: fewer rows than expected then say nothing of the estimate. */
  readonly mayStopEarly: boolean;
}

/** What a node is told by those above. */
interface Above {
  /** Processes that share the work: the leader and its workers; 1 outside a Gather. */
  readonly participants: number;
  /** By what the planner divided the rows of a shared node. */
  readonly divisor: number;
  readonly gatherLoops: number;
  readonly share: number;
  readonly bounded: boolean;
  readonly stops: boolean;
}

const root: Above = { participants: 1, divisor: 1, gatherLoops: 1, share: 1, bounded: false, stops: false };

export function resolve(plan: PrintedNode): ReadonlyMap<PrintedNode, Resolved> {
  const around = new Map<PrintedNode, Above>();
  const descend = (node: PrintedNode, above: Above) => {
    around.set(node, above);
    for (const child of node.children) descend(child, below(node, child, above));
  };
  descend(plan, root);

  const nodes = [...around.keys()];
  const deferred = deferredIn(nodes);
  const times = exclusive(
    nodes,
    deferred,
    (node) => ((node.timePerLoop ?? 0) * (node.loops ?? 0)) / (around.get(node) ?? root).participants,
  );
  const blocks = ownCounts({ nodes, deferred, of: ({ buffers }) => buffers });
  const costs = ownCosts(plan);
  const io = ownCounts({ nodes, deferred, of: ({ ioTimes }) => ioTimes });
  return new Map(
    nodes.map((node) => {
      const above = around.get(node) ?? root;
      return [
        node,
        {
          ...rows(node, above),
          ownTime: node.timePerLoop === undefined ? undefined : times(node),
          ownCost: costs.get(node) ?? 0,
          ownBuffers: blocks(node),
          ownIoTimes: io(node),
          expectedBytes: node.planRows * (aligned(node.planWidth) + TUPLE_HEADER),
          expectedShare: above.share,
          sortBound: above.bounded && above.share < 1 ? Math.ceil(node.planRows * above.share) : undefined,
          mayStopEarly: above.stops,
        },
      ];
    }),
  );
}

/** `MAXALIGN(SizeofHeapTupleHeader)`, src/include/access/htup_details.h. */
const TUPLE_HEADER = 24;
const aligned = (bytes: number) => Math.ceil(bytes / 8) * 8;

function rows(node: PrintedNode, { divisor, gatherLoops }: Above) {
  const { planRows, loops, rowsPerLoop, rounding } = node;
  const executions = isShared(node) ? divisor * gatherLoops : (loops ?? 1);
  const exact = loops === 1 || rowsPerLoop === undefined || loops === undefined;
  return {
    expectedRows: Math.round(planRows * executions),
    actualRows: rowsPerLoop === undefined || loops === undefined ? undefined : Math.round(rowsPerLoop * loops),
    actualRowsAtMost: exact ? rowsPerLoop : Math.round((rowsPerLoop + rounding) * loops),
  };
}

/** Each worker does a part of the work of a shared node; any other node below a Gather is done whole by each. */
const isShared = (node: PrintedNode): boolean =>
  node.parallelAware ||
  rowSources(node)
    .slice(0, 1)
    .some((child) => !isGather(child) && isShared(child));

/** The children whose rows go up, not those that return a value. */
const rowSources = ({ children }: PrintedNode) =>
  children.filter(({ parentRelationship }) => parentRelationship !== "InitPlan" && parentRelationship !== "SubPlan");

const isGather = ({ type }: PrintedNode) => type === "Gather" || type === "Gather Merge";

/** `get_parallel_divisor`, src/backend/optimizer/path/costsize.c: the leader helps the less, the more workers it has to serve. */
const parallelDivisor = (workers: number) => workers + Math.max(0, 1 - 0.3 * workers);

function below(node: PrintedNode, child: PrintedNode, above: Above): Above {
  if (child.parentRelationship === "InitPlan") return { ...above, share: 1, bounded: false, stops: true };
  if (child.parentRelationship === "SubPlan") return { ...above, share: 1, bounded: false, stops: !isHashed(node, child) };
  const workers = isGather(node) ? gathered(node, child) : above;
  if (node.type === "Limit") return { ...workers, share: above.share * limitShare(node, child), bounded: true, stops: true };
  // The first row costs as much as all of the child: the child is read to its end whatever the LIMIT above.
  const exhausts = node.startupCost >= child.totalCost && child.totalCost > 0;
  return {
    participants: workers.participants,
    divisor: workers.divisor,
    gatherLoops: workers.gatherLoops,
    share: exhausts || isInner(child) ? 1 : above.share,
    bounded: above.bounded && PASS_THE_BOUND.includes(node.type) && node.filter === undefined,
    stops: (above.stops && !exhausts) || cutsShort(node, child),
  };
}

/** `ExecSetTupleBound` in src/backend/executor/execProcnode.c hands a LIMIT down through these. */
const PASS_THE_BOUND = ["Result", "Subquery Scan", "Append", "Merge Append", "Gather", "Gather Merge"];

const isInner = ({ parentRelationship }: PrintedNode) => parentRelationship === "Inner";

function gathered(node: PrintedNode, child: PrintedNode) {
  const [loops, ofChild] = [node.loops ?? 0, child.loops ?? 0];
  return {
    participants: loops > 0 && ofChild > loops ? ofChild / loops : 1,
    divisor: parallelDivisor(node.workersPlanned ?? 0),
    gatherLoops: node.loops ?? 1,
  };
}

/** A LIMIT costs its share of what is below: `adjust_limit_rows_costs`, src/backend/optimizer/util/pathnode.c. OFFSET counts too. */
function limitShare(limit: PrintedNode, child: PrintedNode) {
  const run = child.totalCost - child.startupCost;
  const byRows = child.planRows > 0 ? limit.planRows / child.planRows : 1;
  const byCost = run > 0 ? (limit.totalCost - child.startupCost) / run : 0;
  return Math.min(1, Math.max(byRows, byCost, 0));
}

function cutsShort(node: PrintedNode, child: PrintedNode) {
  if (node.type === "Merge Join") return true;
  if (node.type !== "Nested Loop" || !isInner(child)) return false;
  return node.innerUnique || node.joinType === "Semi" || node.joinType === "Anti";
}

/** What hangs on one node and runs when another first asks for it. */
interface Deferred {
  readonly plan: PrintedNode;
  /** Those that may have asked first; the last is the node it hangs on. */
  readonly askers: readonly PrintedNode[];
}

/** A CTE or an InitPlan hangs on the top of its query, and a node further down names it or the value it returns. */
function deferredIn(nodes: readonly PrintedNode[]): readonly Deferred[] {
  const asking = new Map<string, PrintedNode[]>();
  for (const node of nodes) for (const name of asksFor(node)) asking.set(name, [...(asking.get(name) ?? []), node]);
  const parents = new Map(nodes.flatMap((node) => node.children.map((child) => [child, node] as const)));
  return nodes.flatMap((parent) =>
    parent.children.filter(isDeferred).map((plan) => {
      const { subplanName = "" } = plan;
      const named = [subplanName, ...returned(subplanName)].flatMap((name) => asking.get(name) ?? []);
      return { plan, askers: [...new Set(named.map((asker) => evaluating(asker, parent, parents))), parent] };
    }),
  );
}

/** A Gather evaluates what its workers will ask for before it starts them (`ExecInitParallelPlan` in src/backend/executor/execParallel.c). */
function evaluating(asker: PrintedNode, top: PrintedNode, parents: ReadonlyMap<PrintedNode, PrintedNode>): PrintedNode {
  let found = asker;
  for (let node: PrintedNode | undefined = asker; node !== undefined && node !== top; node = parents.get(node))
    if (isGather(node)) found = node;
  return found;
}

const isDeferred = ({ parentRelationship }: PrintedNode) => parentRelationship === "InitPlan";

function asksFor({ type, source, conditions }: PrintedNode): ReadonlySet<string> {
  const values = conditions.flatMap(({ text }) => Array.from(text.matchAll(/\$\d+|InitPlan [^()]+(?=\))/g), ([name]) => name));
  return new Set(type === "CTE Scan" ? [`CTE ${source}`, ...values] : values);
}

/** Up to version 16 "InitPlan 1 (returns $0,$1)"; from 17 on conditions name the plan itself. */
export const returned = (subplanName: string) => Array.from(subplanName.matchAll(/\$\d+/g), ([parameter]) => parameter);

type Count = (node: PrintedNode) => number;

/**
 * What each node adds to a number that EXPLAIN sums up the tree: the parts add up to the root's. A mean of many loops was
 * rounded, so that nodes below may seem to take more than the one above; then they share what it took. The part of a deferred
 * plan is taken from those that asked for it.
 */
function exclusive(nodes: readonly PrintedNode[], deferred: readonly Deferred[], inclusive: Count): Count {
  if (nodes.every((node) => inclusive(node) === 0)) return () => 0;
  const own = new Map<PrintedNode, number>();
  const spread = (node: PrintedNode, total: number): void => {
    const below = node.children.filter((child) => !isDeferred(child));
    const sum = below.reduce((all, child) => all + inclusive(child), 0);
    const share = sum > total ? total / sum : 1;
    own.set(node, Math.max(0, total - sum));
    for (const child of below) spread(child, inclusive(child) * share);
  };
  for (const top of [...nodes.slice(0, 1), ...deferred.map(({ plan }) => plan)]) spread(top, inclusive(top));
  for (const { plan, askers } of deferred) {
    let left = inclusive(plan);
    for (const asker of askers) {
      const taken = Math.min(left, own.get(asker) ?? 0);
      own.set(asker, (own.get(asker) ?? 0) - taken);
      left -= taken;
    }
    if (left > 0) spread(plan, inclusive(plan) - left);
  }
  return (node) => Math.round((own.get(node) ?? 0) * 1000) / 1000;
}

/** Each count of a kind, without the nodes below. */
function ownCounts<Counts extends object>({
  nodes,
  deferred,
  of,
}: {
  readonly nodes: readonly PrintedNode[];
  readonly deferred: readonly Deferred[];
  readonly of: (node: PrintedNode) => Counts | undefined;
}): (node: PrintedNode) => Counts | undefined {
  const [counted] = nodes.flatMap((node) => of(node) ?? []);
  if (counted === undefined) return () => undefined;
  const own = (Object.keys(counted) as (keyof Counts)[]).map(
    (kind) => [kind, exclusive(nodes, deferred, (node) => Number(of(node)?.[kind] ?? 0))] as const,
  );
  return (node) => of(node) && (Object.fromEntries(own.map(([kind, count]) => [kind, count(node)])) as Counts);
}
