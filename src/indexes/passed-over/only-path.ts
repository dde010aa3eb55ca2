import type { Plan, PlanNode } from "../../plan/plan.ts";
import { explain } from "../planner.ts";
import { ALL_WAYS, type Asking, isNarrowed, isSameKey, oidsOf, readsOf, type Scene, switchedOff } from "../unused.ts";

/** A plan that reads an index, and its nodes that do. */
export interface Reading {
  readonly plan: Plan;
  readonly nodes: readonly PlanNode[];
}

interface Way {
  /** The other indexes of its table alone, or those of all tables. */
  readonly hidden: "its table's" | "all";
  readonly off: readonly string[];
}

/** The mildest first: what is hidden or switched off may make other relations dearer too. */
const ways: readonly Way[] = [
  { hidden: "its table's", off: [] },
  { hidden: "its table's", off: ["enable_seqscan"] },
  { hidden: "its table's", off: ["enable_sort", "enable_hashjoin", "enable_mergejoin"] },
  { hidden: "its table's", off: ALL_WAYS },
  { hidden: "all", off: ["enable_hashjoin", "enable_mergejoin"] },
];

/**
 * The cheapest plan that reads the index by a condition or for its order, once there is little else. Switched-off ways add
 * nothing to a plan's cost in the twin's version, so its cost is what the planner expects of it. `everywhere`: the indexes of
 * all tables.
 */
export async function onlyPath(scene: Scene, asking: Asking, everywhere: readonly number[]): Promise<Reading | undefined> {
  const { planned } = asking;
  const isJoin = planned.plan.nodes.filter(({ relation }) => relation !== undefined).length > 1;
  const others = everywhere.filter((oid) => !scene.trial.oids.includes(oid));
  const found: Reading[] = [];
  for (const { hidden, off } of ways) {
    const without = hidden === "all" ? others : oidsOf(scene);
    const { plan } = await switchedOff(scene.session, off, () => explain(scene, planned.statement, without));
    const nodes = plan ? readsOf(plan, scene.trial).filter((node) => isNarrowed(node) || givesOrder(scene, asking)) : [];
    if (plan && nodes.length > 0) found.push({ plan, nodes });
    // Of one relation there is nothing else that gets dearer, so the first is the cheapest.
    if (found.length > 0 && !isJoin) break;
  }
  return found.reduce<Reading | undefined>((least, each) => (least && costOf(least) <= costOf(each) ? least : each), undefined);
}

const costOf = ({ plan }: Reading) => plan.root.totalCost;

const givesOrder = ({ index }: Scene, { wishes }: Asking) =>
  wishes.some(({ orders }) => orders.some(([first]) => first !== undefined && isSameKey(first, index.keys[0])));
