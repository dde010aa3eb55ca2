import type { PlanNode } from "../../plan/plan.ts";
import { planRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Each row may be one random page; fewer than this are read in milliseconds. */
const READ = 10_000;

/** An index that finds ten rows for one does not narrow the search; above this share another column in it saves less. */
const KEPT = 0.1;

/** Rows of one look-up: those of one key mostly share a page, so that a better index saves little. */
const FEW = 10;

export default planRule({
  id: "plan/index-scan-low-efficiency",
  severity: "warning",

  *check({ nodes }) {
    for (const node of nodes) {
      const scan = node.loops === undefined ? expected(node) : actual(node);
      if (!scan || scan.rowsRead < READ || scan.rowsKept > KEPT * scan.rowsRead || scan.rowsRead < FEW * (node.loops ?? 1)) continue;

      const { message, ...evidence } = scan;
      yield { message, object: node.relation && String(node.relation), evidence };
    }
  },
});

function actual(node: PlanNode) {
  const { type, title, shortFilter, actualRows = 0, actualRowsAtMost = 0, rowsRemovedByFilter: filtered = 0 } = node;
  if (!SCANS.includes(type) || isReadForItsOrder(node)) return undefined;
  const rechecked = node.lossyHeapBlocks ? 0 : (node.rowsRemovedByIndexRecheck ?? 0);
  const rowsRead = actualRows + filtered + rechecked;
  const message =
    rechecked > filtered
      ? `${title}${through(node)} finds ${count(rowsRead)} rows and throws away ${count(rechecked)} that the index takes for matches and the row itself is not.`
      : `${title}${through(node)} finds ${count(rowsRead)} rows and throws away ${count(filtered)} that are not ${shortFilter}.`;
  return { rowsRead, rowsKept: actualRowsAtMost, message };
}

const SCANS = ["Index Scan", "Index Only Scan", "Bitmap Heap Scan"];

/** Under a LIMIT, by distance, backwards or without a condition: how far such a scan goes depends on where the matches are. */
const isReadForItsOrder = ({ type, mayStopEarly, orderBy, scanDirection, indexCond }: PlanNode) =>
  type !== "Bitmap Heap Scan" && mayStopEarly && (orderBy !== undefined || scanDirection === "Backward" || takesAll(indexCond));

/** `min(column)` and `max(column)` add a condition that excludes nothing but nulls. */
const takesAll = (indexCond: string | undefined) => indexCond === undefined || /^\(\S+ IS NOT NULL\)$/.test(indexCond);

/** Only of a bitmap is it printed what the index alone is expected to find. */
function expected(node: PlanNode) {
  const [bitmap] = node.children;
  const { type, title, shortFilter, expectedShare } = node;
  if (type !== "Bitmap Heap Scan" || bitmap === undefined || shortFilter === undefined) return undefined;
  const rowsRead = Math.round(bitmap.expectedRows * expectedShare);
  const rowsKept = Math.round(node.expectedRows * expectedShare);
  const message = `The planner expects ${title}${through(node)} to find ${count(rowsRead)} rows and to keep ${count(rowsKept)}, those with ${shortFilter}.`;
  return { rowsRead, rowsKept, message };
}

/** A bitmap is made by nodes below the one that names the relation. */
function through({ children }: PlanNode) {
  const indexes = [...new Set(children.flatMap(indexesOf))];
  return indexes.length === 0 ? "" : ` through ${indexes.join(" and ")}`;
}

const indexesOf = ({ type, index, children }: PlanNode): readonly string[] =>
  type === "Bitmap Index Scan" && index !== undefined ? [index] : children.flatMap(indexesOf);
