import type { Plan, PlanNode } from "../../plan/plan.ts";
import { planRule } from "../rule.ts";

export default planRule({
  id: "plan/sort-spill",
  severity: "warning",

  *check(plan) {
    for (const node of plan.nodes) {
      const spill = node.loops === undefined ? expected(node, plan) : actual(node, plan);
      if (spill) yield spill;
    }
  },
});

function actual({ type, sortKey, sortSpaceType, sortSpaceUsed = 0, actualRows = 0 }: PlanNode, { workMem, workMemAssumed }: Plan) {
  if (sortSpaceType !== "Disk") return undefined;
  const limit = workMemAssumed ? "work_mem" : `work_mem (${size(workMem)})`;
  return {
    message: `${type} by ${named(sortKey)} writes ${size(sortSpaceUsed * 1024)} to disk, because its ${count(actualRows)} rows do not fit in ${limit}.`,
    evidence: { diskKb: sortSpaceUsed, rows: actualRows },
  };
}

/** As the planner prices a Sort (`cost_tuplesort`, src/backend/optimizer/path/costsize.c): a LIMIT's rows, if they fit, are kept in memory whatever the input. */
function expected({ type, sortKey, planRows, planWidth, expectedBytes, sortBound }: PlanNode, { workMem, workMemAssumed }: Plan) {
  if (type !== "Sort") return undefined;
  const rows = sortBound ?? planRows;
  const bytes = planRows === 0 ? 0 : (expectedBytes / planRows) * rows;
  if (bytes <= workMem) return undefined;
  const limit = `${workMemAssumed ? "the default work_mem" : "work_mem"} (${size(workMem)})`;
  return {
    message: `The planner expects Sort by ${named(sortKey)} to write to disk, because ${count(rows)} rows of ${planWidth} bytes take ${size(bytes)}, more than ${limit}.`,
    evidence: { expectedBytes: Math.round(bytes), workMem },
  };
}

const NAMED = 3;
const named = (keys: readonly string[]) => [...keys.slice(0, NAMED), ...(keys.length > NAMED ? ["…"] : [])].join(", ");

const count = (rows: number) => rows.toLocaleString("en-US");
const size = (bytes: number) =>
  bytes < 1024 ** 2 ? `${count(Math.round(bytes / 1024))} kB` : `${count(Math.round((bytes / 1024 ** 2) * 10) / 10)} MB`;
