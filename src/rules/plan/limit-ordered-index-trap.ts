import type { PlanNode } from "../../plan/plan.ts";
import { planRule } from "../rule.ts";

/** Each row that an index scan throws away may be one random page; fewer than this are read in milliseconds. */
const READ = 10_000;

/** A filter that lets more than this share through finds the rows of a LIMIT soon. */
const KEPT = 0.1;

export default planRule({
  id: "plan/limit-ordered-index-trap",
  severity: "warning",

  *check({ nodes }) {
    for (const limit of nodes) {
      if (limit.type !== "Limit") continue;
      for (const scan of limit.children.flatMap(orderedScans)) {
        const found = scan.loops === undefined ? expected(scan, limit) : actual(scan);
        if (!found || found.rowsRead < READ || found.rowsKept > KEPT * found.rowsRead) continue;

        const { message, ...evidence } = found;
        yield { message, object: scan.relation && String(scan.relation), evidence };
      }
    }
  },
});

function actual({ title, shortFilter, loops, actualRows = 0, rowsRemovedByFilter = 0 }: PlanNode) {
  if (loops === 0) return undefined;
  const rowsRead = actualRows + rowsRemovedByFilter;
  const message = `${title} reads ${count(rowsRead)} rows in the order of the index and throws away ${count(rowsRemovedByFilter)} that are not ${shortFilter}.`;
  return { rowsRead, rowsKept: actualRows, message };
}

/** Only without an index condition is it known how many rows the filter gets to see. */
function expected({ title, shortFilter, indexCond, relationRows, expectedRows, expectedShare }: PlanNode, { planRows: wanted }: PlanNode) {
  if (relationRows === undefined || !takesAll(indexCond)) return undefined;
  const rowsRead = Math.round(relationRows * expectedShare);
  const rowsKept = Math.round(expectedRows * expectedShare);
  const message = `The planner expects ${title} to read ${count(rowsRead)} rows in the order of the index before ${wanted} of them are ${shortFilter}; it takes the matching rows to be spread evenly.`;
  return { rowsRead, rowsKept, message };
}

/** These hand rows up in the order in which they come, and stop asking when the LIMIT has enough. */
const KEEP_ORDER = ["Nested Loop", "Incremental Sort", "Subquery Scan", "Result", "LockRows", "Unique", "Gather Merge", "Merge Append"];

function orderedScans(node: PlanNode): PlanNode[] {
  if (node.type === "Index Scan" || node.type === "Index Only Scan")
    return node.shortFilter !== undefined && isReadForItsOrder(node) ? [node] : [];
  if (!KEEP_ORDER.includes(node.type)) return [];
  return node.children.filter(({ parentRelationship }) => FIRST.includes(parentRelationship)).flatMap(orderedScans);
}

const FIRST: readonly (string | undefined)[] = ["Outer", "Member", "Subquery"];

/** EXPLAIN does not say why an index was taken; backwards, by distance, or without a condition it was for the order. */
const isReadForItsOrder = ({ orderBy, scanDirection, indexCond }: PlanNode) =>
  orderBy !== undefined || scanDirection === "Backward" || takesAll(indexCond);

/** `min(column)` and `max(column)` add a condition that excludes nothing but nulls. */
const takesAll = (indexCond: string | undefined) => indexCond === undefined || /^\(\S+ IS NOT NULL\)$/.test(indexCond);

const count = (rows: number) => rows.toLocaleString("en-US");
