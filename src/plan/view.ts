import { costlyNodes, ownOf, unitOf } from "./costly.ts";
import type { Plan, PlanNode } from "./plan.ts";
import { measured } from "./tree.ts";

/** Something that was found in a plan. */
interface Remark {
  readonly rule: string;
  readonly message: string;
  /** The relation it is about, as a message names it. */
  readonly object?: string | undefined;
}

/** A node as a view draws it. A type and not an interface, as all that the SDK hands on. */
export type NodeView = {
  readonly id: number;
  /** Of the node above; none at the root. */
  readonly parent?: number;
  /** "InitPlan 1", "CTE recent" where the node makes a value or a list for others. */
  readonly subplan?: string;
  readonly title: string;
  /** In the unit of the plan. */
  readonly own: number;
  /** Of the whole, 0 to 1. */
  readonly share: number;
  /** Why it takes so much; of the few that matter. */
  readonly reason?: string;
  readonly expected_rows: number;
  readonly actual_rows?: number;
  readonly loops?: number;
  /** As EXPLAIN prints it, with the nodes below, of one loop. */
  readonly total_cost: number;
  /** The node brings a wrong estimate in: that many times as many rows came, or as few. */
  readonly misestimate?: { readonly error: "more" | "fewer"; readonly factor: number };
  /** Blocks of 8 kB, without the nodes below. */
  readonly blocks?: { readonly hit: number; readonly read: number; readonly temp: number };
  readonly conditions: readonly string[];
  /** What else was measured: "Sort Method: quicksort, Memory 25 kB". */
  readonly facts: readonly string[];
  /** Places in the list of findings. */
  readonly findings: readonly number[];
};

export type PlanView = { readonly unit: "ms" | "cost"; readonly total: number; readonly nodes: readonly NodeView[] };

/** The plan as data for a view: a list of nodes, each after its parent. */
export function planView(plan: Plan, found: readonly Remark[]): PlanView {
  const reasons = new Map(costlyNodes(plan).map(({ node, reason }) => [node, reason]));
  const ids = new Map(plan.nodes.map((node, id) => [node, id]));
  const parents = new Map(plan.nodes.flatMap((node, id) => node.children.map((child) => [child, id])));
  const total = plan.nodes.reduce((sum, node) => sum + ownOf(plan, node), 0);
  const named = found.map((remark) => meant(plan, remark));
  const wrong = new Map(plan.misestimates.map(({ node, error, factor }) => [node, { error, factor: Number(factor.toPrecision(3)) }]));
  return {
    unit: unitOf(plan),
    total: Math.round(total * 1000) / 1000,
    nodes: plan.nodes.map((node) => ({
      id: ids.get(node) ?? 0,
      ...defined({
        parent: parents.get(node),
        subplan: node.subplanName,
        reason: reasons.get(node),
        actual_rows: node.actualRows,
        loops: node.loops,
        misestimate: wrong.get(node),
      }),
      total_cost: node.totalCost,
      title: node.title,
      own: ownOf(plan, node),
      share: total > 0 ? Math.round((ownOf(plan, node) / total) * 1000) / 1000 : 0,
      expected_rows: node.expectedRows,
      ...(node.ownBuffers && {
        blocks: {
          hit: node.ownBuffers.sharedHit + node.ownBuffers.localHit,
          read: node.ownBuffers.sharedRead + node.ownBuffers.localRead,
          temp: node.ownBuffers.tempRead + node.ownBuffers.tempWritten,
        },
      }),
      conditions: node.conditions.map(({ label, text }) => `${label}: ${text}`),
      facts: measured(node),
      findings: named.flatMap((nodes, at) => (nodes.has(node) ? [at] : [])),
    })),
  };
}

/** A message names its node by the title; another is about every node that reads its relation. */
function meant({ nodes }: Plan, { rule, message, object }: Remark): ReadonlySet<PlanNode> {
  if (!rule.startsWith("plan/")) return new Set();
  const titled = nodes.filter(({ title }) => message.includes(title));
  const longest = Math.max(0, ...titled.map(({ title }) => title.length));
  if (titled.length > 0) return new Set(titled.filter(({ title }) => title.length === longest));
  return new Set(object === undefined ? [] : nodes.filter(({ relation }) => relation && String(relation) === object));
}

const defined = <Fields extends object>(fields: Fields): { [Key in keyof Fields]?: NonNullable<Fields[Key]> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]?: NonNullable<Fields[Key]>;
  };
