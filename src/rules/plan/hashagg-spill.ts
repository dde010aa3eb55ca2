import type { PlanNode } from "../../plan/plan.ts";
import { planRule } from "../rule.ts";
import { count, phrase, size } from "../wording.ts";

export default planRule({
  id: "plan/hashagg-spill",
  severity: "warning",

  *check({ nodes }) {
    for (const node of nodes) {
      const spill = node.loops === undefined ? expected(node) : actual(node);
      if (spill) yield spill;
    }
  },
});

function actual(node: PlanNode) {
  const { label, diskUsage = 0, actualRows = 0, rowsRemovedByFilter = 0 } = node;
  if (diskUsage === 0) return undefined;
  const groups = actualRows + rowsRemovedByFilter;
  return {
    message: `${label}${phrase(node, "by", "Group Key", "Hash Key")} writes ${size(diskUsage * 1024)} to disk, because its ${count(groups)} groups do not fit in work_mem times hash_mem_multiplier.`,
    evidence: { diskKb: diskUsage, groups },
  };
}

/** The planner divides the groups into partitions only where it expects to need disk: `hash_choose_num_partitions`, src/backend/executor/nodeAgg.c. */
function expected(node: PlanNode) {
  const { label, plannedPartitions = 0, planRows, planWidth } = node;
  if (plannedPartitions === 0) return undefined;
  return {
    message: `The planner expects ${label}${phrase(node, "by", "Group Key", "Hash Key")} to write to disk, because ${count(planRows)} groups of ${planWidth} bytes do not fit in work_mem times hash_mem_multiplier.`,
    evidence: { expectedGroups: planRows, plannedPartitions },
  };
}
