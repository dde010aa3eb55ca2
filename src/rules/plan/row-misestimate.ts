import type { PlanNode } from "../../plan/plan.ts";
import { sql } from "../../sql/quote.ts";
import { planRule } from "../rule.ts";

/** Below a factor of ten the planner usually still picks the same join. */
const FACTOR = 10;

/** With fewer rows than this on both sides no choice of the planner costs much. */
const ROWS = 1_000;

/** What came, beside what was expected. */
type Error = "more" | "fewer";

interface Around {
  readonly ctes: ReadonlyMap<string | undefined, PlanNode>;
  /** A Merge Join goes back in its inner side, and rows that are read again count again. */
  readonly readAgain: ReadonlySet<PlanNode>;
}

export default planRule({
  id: "plan/row-misestimate",
  severity: "warning",

  *check({ nodes }) {
    const around: Around = {
      ctes: new Map(nodes.map((node) => [node.subplanName, node])),
      readAgain: new Set(nodes.flatMap((node) => (node.type === "Merge Join" ? node.children.filter(isInner) : []))),
    };
    const large = nodes.filter(({ expectedRows, actualRows = 0 }) => Math.max(expectedRows, actualRows) >= ROWS);
    const found = large.flatMap((node) => (["more", "fewer"] as const).flatMap((error) => causes(node, error, around)));

    for (const node of new Set(found)) {
      const { title, relation, expectedRows, actualRows = 0, loops = 1 } = node;
      const times = loops === 1 ? "" : ` in ${count(loops)} loops`;
      yield {
        message: `The planner expected ${rows(expectedRows)} from ${title}${relation ? "" : conditionOf(node)}${times} and got ${count(actualRows)}.`,
        object: relation && String(relation),
        evidence: { expectedRows, actualRows },
        fix: relation && sql`analyze ${relation};`,
      };
    }
  },
});

/** The lowest nodes that make this one wrong. A node is a cause if it adds a factor of its own to what its inputs bring. */
function causes(node: PlanNode, error: Error, around: Around): PlanNode[] {
  const wrong = factor(node, error);
  if (wrong < FACTOR || isExcused(node, error, around)) return [];
  const inputs = inputsOf(node, around);
  const brought = inputs.map((input) => Math.max(1, factor(input, error)));
  const inherited = node.type.endsWith("Append") ? Math.max(1, ...brought) : brought.reduce((product, one) => product * one, 1);
  if (wrong >= FACTOR * inherited) return [node];
  const below = inputs.flatMap((input) => causes(input, error, around));
  return below.length > 0 ? below : [node];
}

function factor({ type, loops, expectedRows, actualRows, actualRowsAtMost }: PlanNode, error: Error) {
  if (!loops || actualRows === undefined || actualRowsAtMost === undefined || UNCOUNTED.includes(type)) return 1;
  return error === "more" ? actualRows / Math.max(1, expectedRows) : expectedRows / Math.max(1, actualRowsAtMost);
}

/** A bitmap does not count its rows exactly; the rows of a recursion are a guess that nothing improves; changed rows are not estimated. */
const UNCOUNTED = ["BitmapAnd", "BitmapOr", "Bitmap Index Scan", "WorkTable Scan", "Recursive Union", "ModifyTable"];

/** Too few rows say nothing where nobody asked for the rest, or where an input had none: the planner never expects less than one. */
const isExcused = (node: PlanNode, error: Error, { readAgain }: Around) =>
  error === "more" ? readAgain.has(node) : node.mayStopEarly || node.children.some((child) => feeds(child) && !child.actualRows);

const inputsOf = (node: PlanNode, { ctes }: Around) =>
  node.type === "CTE Scan" ? [ctes.get(`CTE ${node.source}`)].filter((cte) => cte !== undefined) : node.children.filter(feeds);

/** A join or an aggregate is known by what it compares or groups. */
function conditionOf({ conditions: [first] }: PlanNode) {
  return first === undefined || first.text.length > READABLE ? "" : ` (${first.label}: ${first.text})`;
}

/** Characters; a longer condition would bury the numbers. */
const READABLE = 160;

const isInner = ({ parentRelationship }: PlanNode) => parentRelationship === "Inner";
const feeds = ({ parentRelationship }: PlanNode) => parentRelationship !== "InitPlan" && parentRelationship !== "SubPlan";

const count = (number: number) => number.toLocaleString("en-US");
const rows = (number: number) => `${count(number)} ${number === 1 ? "row" : "rows"}`;
