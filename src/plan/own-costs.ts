import type { PrintedNode } from "./node.ts";

/** A hashed SubPlan runs once and is looked up in; any other runs for each row that asks. */
export const isHashed = (node: PrintedNode, { subplanName = "" }: PrintedNode) =>
  node.conditions.some(({ text }) => text.includes(`hashed ${subplanName}`));

/**
 * What each node costs without those below. The planner sums costs up the tree: a child once, the inner side of a Nested Loop for
 * each outer row, a part of a child where a LIMIT or a cache stops it, of which no more than what the node costs is told.
 */
export function ownCosts(root: PrintedNode): ReadonlyMap<PrintedNode, number> {
  const own = new Map<PrintedNode, number>();
  const spread = (node: PrintedNode, total: number): void => {
    const [once, repeated] = [
      node.children.filter((child) => times(node, child) === 1),
      node.children.filter((child) => times(node, child) !== 1),
    ];
    // What is repeated, or stopped early, has all of its parts repeated or stopped.
    const often = node.totalCost > 0 ? total / node.totalCost : 1;
    const costOf = (child: PrintedNode) => child.totalCost * times(node, child) * often;
    const left = share(once, costOf, total);
    own.set(node, Math.round(share(repeated, costOf, left) * 100) / 100);
  };
  const share = (children: readonly PrintedNode[], costOf: (child: PrintedNode) => number, total: number): number => {
    const sum = children.reduce((all, child) => all + costOf(child), 0);
    const part = sum > total ? total / sum : 1;
    for (const child of children) spread(child, costOf(child) * part);
    return Math.max(0, total - sum);
  };
  spread(root, root.totalCost);
  return own;
}

function times(node: PrintedNode, child: PrintedNode): number {
  if (child.parentRelationship === "SubPlan") return isHashed(node, child) ? 1 : Math.max(1, node.planRows);
  if (node.type !== "Nested Loop" || child.parentRelationship !== "Inner") return 1;
  const outer = node.children.find(({ parentRelationship }) => parentRelationship === "Outer");
  return Math.max(1, outer?.planRows ?? 1);
}
