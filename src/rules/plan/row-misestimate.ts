import type { PlanNode } from "../../plan/plan.ts";
import { planRule } from "../rule.ts";

export default planRule({
  id: "plan/row-misestimate",
  severity: "warning",

  *check({ misestimates }) {
    for (const { node, remedy } of misestimates) {
      const { title, relation, expectedRows, actualRows = 0, loops = 1 } = node;
      const times = loops === 1 ? "" : ` in ${count(loops)} loops`;
      yield {
        message: `The planner expected ${rows(expectedRows)} from ${title}${relation ? "" : conditionOf(node)}${times} and got ${count(actualRows)}.`,
        object: relation && String(relation),
        evidence: { expectedRows, actualRows },
        fix: remedy?.sql,
        undo: remedy?.undo,
      };
    }
  },
});

/** A join or an aggregate is known by what it compares or groups. */
function conditionOf({ conditions: [first] }: PlanNode) {
  return first === undefined || first.text.length > READABLE ? "" : ` (${first.label}: ${first.text})`;
}

/** Characters; a longer condition would bury the numbers. */
const READABLE = 160;

const count = (number: number) => number.toLocaleString("en-US");
const rows = (number: number) => `${count(number)} ${number === 1 ? "row" : "rows"}`;
