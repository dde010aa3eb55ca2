import type { Misestimate } from "../../plan/misestimates.ts";
import type { PlanNode } from "../../plan/plan.ts";
import { planRule } from "../rule.ts";

export default planRule({
  id: "plan/row-misestimate",
  severity: "warning",

  *check({ misestimates }) {
    for (const misestimate of misestimates) {
      const { node, remedy } = misestimate;
      const { title, relation, expectedRows, actualRows = 0, loops = 1 } = node;
      const times = loops === 1 ? "" : ` in ${count(loops)} loops`;
      yield {
        message: `The planner expected ${rows(expectedRows)} from ${title}${relation ? "" : conditionOf(node)}${times} and got ${count(actualRows)}.${checked(misestimate)}`,
        object: relation && String(relation),
        evidence: { expectedRows, actualRows },
        fix: remedy?.sql,
        undo: remedy?.undo,
      };
    }
  },
});

/** What the twin said: of a plan that is older than the statistics, and of the statistics that would help. */
function checked({ now, remedied }: Misestimate) {
  if (remedied !== undefined) return ` With statistics on the expression it would expect ${count(remedied)}.`;
  return now === undefined ? "" : ` By the statistics that are there now it expects ${count(now)}.`;
}

/** A join or an aggregate is known by what it compares or groups. */
function conditionOf({ conditions: [first] }: PlanNode) {
  return first === undefined || first.text.length > READABLE ? "" : ` (${first.label}: ${first.text})`;
}

/** Characters; a longer condition would bury the numbers. */
const READABLE = 160;

const count = (number: number) => number.toLocaleString("en-US");
const rows = (number: number) => `${count(number)} ${number === 1 ? "row" : "rows"}`;
