import type { PlanNode } from "../../plan/plan.ts";
import { planRule } from "../rule.ts";

/** A table below this fits in a few hundred pages: reading them all takes milliseconds, with or without an index. */
const LARGE = 10_000;

/** Above this share an index would have to visit most pages of the table anyway, and the planner is right to read all. */
const KEPT = 0.1;

/** Of the whole plan. What takes less is not what makes it slow. */
const FELT = 0.05;

export default planRule({
  id: "plan/seq-scan-large-filtered",
  severity: "warning",

  *check({ nodes, analyzed }) {
    // Without TIMING a plan that was run says nothing of what its nodes took.
    const own = analyzed ? ({ ownTime = 0 }: PlanNode) => ownTime : ({ ownCost }: PlanNode) => ownCost;
    const whole = nodes.reduce((sum, node) => sum + own(node), 0);
    for (const node of nodes) {
      if (node.type !== "Seq Scan" || node.shortFilter === undefined) continue;
      if (own(node) < FELT * whole) continue;
      const scan = node.loops === undefined ? expected(node) : actual(node, node.loops);
      if (!scan || scan.rowsRead < LARGE || scan.rowsKept > KEPT * scan.rowsRead) continue;

      const { message, ...evidence } = scan;
      yield { message, object: node.relation && String(node.relation), evidence };
    }
  },
});

/** Rows of one scan. A scan that a LIMIT stopped counts with what it read. */
function actual({ title, shortFilter, parallelAware, actualRows = 0, rowsRemovedByFilter = 0 }: PlanNode, loops: number) {
  if (loops === 0) return undefined;
  const times = parallelAware ? 1 : loops;
  const rowsRead = Math.round((actualRows + rowsRemovedByFilter) / times);
  const rowsKept = Math.round(actualRows / times);
  const again = times === 1 ? "" : `, ${count(times)} times over`;
  return {
    rowsRead,
    rowsKept,
    times,
    message: `${title} reads ${count(rowsRead)} rows to keep ${count(rowsKept)}, those with ${shortFilter}${again}.`,
  };
}

/** Where a LIMIT above is expected to have enough after a part of the table, only that part counts. */
function expected({ title, shortFilter, relationRows, expectedRows, expectedShare }: PlanNode) {
  if (relationRows === undefined) return undefined;
  const rowsRead = Math.round(relationRows * expectedShare);
  const rowsKept = Math.round(expectedRows * expectedShare);
  return {
    rowsRead,
    rowsKept,
    message: `The planner expects ${title} to read ${count(rowsRead)} rows to keep ${count(rowsKept)}, those with ${shortFilter}.`,
  };
}

const count = (rows: number) => rows.toLocaleString("en-US");
