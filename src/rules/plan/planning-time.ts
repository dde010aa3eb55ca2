import type { PlanNode } from "../../plan/plan.ts";
import { planRule } from "../rule.ts";
import { count, milliseconds } from "../wording.ts";

/** Milliseconds. A new session, which has read nothing of the catalog yet, plans a join of a few tables in less. */
const LONG = 20;

export default planRule({
  id: "plan/planning-time",
  severity: "warning",

  *check({ nodes, planningTime = 0, executionTime }) {
    if (executionTime === undefined || planningTime < LONG || planningTime <= executionTime) return;

    const relations = nodes.reduce((sum, node) => sum + scanned(node) + (node.subplansRemoved ?? 0), 0);
    yield {
      message: `Planning took ${milliseconds(planningTime)} and running ${milliseconds(executionTime)}; the planner had ${relations === 1 ? "one relation" : `${count(relations)} relations`} to weigh.`,
      evidence: { planningTime, executionTime, relations },
    };
  },
});

const scanned = ({ relation, type }: PlanNode) => (relation !== undefined && type !== "ModifyTable" ? 1 : 0);
