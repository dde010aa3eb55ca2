import type { Plan, PlanNode } from "./plan.ts";

/**
 * Two plans do the same work in the same way exactly if their shapes are equal: nodes, relations, indexes, join
 * types, nesting. Left out is what differs for the same plan: costs, schemas (printed with VERBOSE only), constants.
 */
export const shapeOf = ({ root }: Plan): string => shape(root);

function shape(node: PlanNode): string {
  const { label, relation, index, source, children, subplanName } = node;
  const parts = [subplanName?.replace(/ \(returns .*\)$/, ""), label, relation?.name ?? source, index && `using ${index}`];
  const below = children.length === 0 ? "" : `(${children.map(shape).join(", ")})`;
  return parts.filter((part) => part !== undefined).join(" ") + below;
}
