import type { PlanNode } from "../../plan/plan.ts";
import { planRule } from "../rule.ts";
import { count, kilobytes } from "../wording.ts";

/** Pages; they hold about 10,000 rows of 80 bytes, and checking those takes milliseconds. */
const PAGES = 100;

/** Bytes that a page takes in a bitmap, on a 64-bit server with pages of 8 kB: `tbm_calculate_entries` in src/backend/nodes/tidbitmap.c. */
const ENTRY = 64;

export default planRule({
  id: "plan/lossy-bitmap",
  severity: "warning",

  *check({ nodes, workMem, workMemAssumed }) {
    for (const node of nodes) {
      const { title, relation, lossyHeapBlocks: lossy = 0, exactHeapBlocks: exact = 0, rowsRemovedByIndexRecheck: removed = 0 } = node;
      // A BRIN index knows nothing but pages: its bitmap is lossy whatever the memory.
      if (lossy < PAGES || exact === 0) continue;

      const limit = workMemAssumed ? "work_mem" : `work_mem (${kilobytes(workMem)})`;
      const enough = isCountedWhole(node) ? `; ${kilobytes(Math.ceil(((lossy + exact) * ENTRY) / 1024) * 1024)} hold it` : "";
      yield {
        message: `${title} checks every row on ${count(lossy)} of ${count(lossy + exact)} pages and throws away ${count(removed)} that the index had ruled out, because its bitmap does not fit in ${limit}${enough}.`,
        object: relation && String(relation),
        evidence: { lossyBlocks: lossy, exactBlocks: exact, rowsRemoved: removed },
      };
    }
  },
});

/** What is combined from several bitmaps is smaller than they are, and before version 18 workers count for themselves. */
const isCountedWhole = ({ parallelAware, children }: PlanNode) => !parallelAware && children[0]?.type === "Bitmap Index Scan";
