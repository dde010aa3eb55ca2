import type { PlanNode } from "../../plan/plan.ts";
import { planRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Below a factor of ten the planner usually still picks the same plan. */
const FACTOR = 10;

/** With fewer rows than this on both sides no choice of the planner costs much. */
const ROWS = 1_000;

export default planRule({
  id: "plan/prepared-generic-plan-risk",
  severity: "warning",

  *check({ nodes, generic, analyzed }) {
    if (!generic || !analyzed) return;

    const computed = new Set(nodes.flatMap(({ subplanName = "" }) => parametersIn(subplanName)));
    for (const node of nodes) {
      const { title, relation, expectedRows, actualRows = 0 } = node;
      const parameters = [...new Set(node.conditions.flatMap(({ text }) => parametersIn(text)))].filter((each) => !computed.has(each));
      if (!relation || parameters.length === 0 || !isFarOff(node)) continue;

      const values = parameters.length === 1 ? "this one" : "these";
      yield {
        message: `The plan was made without the value of ${parameters.join(", ")}: ${title} was expected to return ${count(expectedRows)} rows for any value, and for ${values} returned ${count(actualRows)}.`,
        object: String(relation),
        evidence: { expectedRows, actualRows },
      };
    }
  },
});

/** A scan that was stopped early may return fewer rows than expected without an error. */
function isFarOff({ loops, expectedRows, actualRows = 0, actualRowsAtMost = 0, mayStopEarly }: PlanNode) {
  if (!loops || Math.max(expectedRows, actualRows) < ROWS) return false;
  const fewer = !mayStopEarly && expectedRows >= FACTOR * Math.max(1, actualRowsAtMost);
  return fewer || actualRows >= FACTOR * Math.max(1, expectedRows);
}

/** Up to version 16 the value of an InitPlan is printed as `$0` too, and named where it is returned. */
const parametersIn = (text: string): readonly string[] => text.replaceAll(/'(?:[^']|'')*'/g, "''").match(/\$\d+/g) ?? [];
