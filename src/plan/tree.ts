import { shortened } from "./one-line.ts";
import type { Plan, PlanNode } from "./plan.ts";

interface TreeOptions {
  /** False where sizes are assumed: costs and rows would be invented. */
  readonly costs?: boolean;
  /** Lines of the whole text, 40 unless told; the last one counts the nodes that did not fit. */
  readonly lines?: number;
}

/** The plan as a person reads it: close to EXPLAIN's text format, one line a node, its conditions under it. */
export function planTree({ root, nodes }: Plan, { costs = true, lines = 40 }: TreeOptions = {}): string {
  const blocks = printed(root, 0, costs);
  const shown: string[] = [];
  let whole = 0;
  for (const block of blocks) {
    const last = whole + 1 === blocks.length;
    if (shown.length + block.length > lines - (last ? 0 : 1)) break;
    shown.push(...block);
    whole++;
  }
  const left = nodes.length - whole;
  return left === 0 ? shown.join("\n") : [...shown, `… ${left} more ${left === 1 ? "node" : "nodes"}`].join("\n");
}

/** The lines of each node, depth-first. */
function printed(node: PlanNode, depth: number, costs: boolean): string[][] {
  const indent = "  ".repeat(depth);
  const name = node.subplanName === undefined ? "" : `${node.subplanName}: `;
  const own = [
    `${indent}${name}${node.title}${costs ? `  (${[...expected(node), ...actual(node)].join(", ")})` : ""}`,
    ...node.conditions.map(({ label, text }) => `${indent}    ${label}: ${shortened(text)}`),
    ...(costs ? measured(node).map((fact) => `${indent}    ${fact}`) : []),
  ];
  return [own, ...node.children.flatMap((child) => printed(child, depth + 1, costs))];
}

const expected = ({ startupCost, totalCost, planRows }: PlanNode) => [
  `cost ${startupCost.toFixed(2)}..${totalCost.toFixed(2)}`,
  `rows ${planRows}`,
];

function actual({ loops, actualRows, ownTime }: PlanNode) {
  if (loops === undefined) return [];
  if (loops === 0) return ["never executed"];
  return [
    `actual rows ${actualRows}${loops === 1 ? "" : ` in ${loops} loops`}`,
    ...(ownTime === undefined ? [] : [`own time ${ownTime.toFixed(1)} ms`]),
  ];
}

/** What EXPLAIN prints under a node besides its conditions. */
export function measured(node: PlanNode): readonly string[] {
  const { rowsRemovedByFilter, sortMethod, sortSpaceType, sortSpaceUsed, heapFetches, hashBatches, workersPlanned, workersLaunched } = node;
  return [
    ...(rowsRemovedByFilter ? [`Rows Removed by Filter: ${rowsRemovedByFilter}`] : []),
    ...(sortMethod ? [`Sort Method: ${sortMethod}, ${sortSpaceType} ${sortSpaceUsed} kB`] : []),
    ...(hashBatches !== undefined && hashBatches > 1 ? [`Hash Batches: ${hashBatches}`] : []),
    ...(heapFetches ? [`Heap Fetches: ${heapFetches}`] : []),
    ...(workersLaunched === undefined ? [] : [`Workers: ${workersLaunched} of ${workersPlanned}`]),
  ];
}
