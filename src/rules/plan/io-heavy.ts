import type { PlanNode } from "../../plan/plan.ts";
import { planRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Blocks of 8 kB: 8 MB. Read one by one they take a tenth of a second of a fast disk. */
const BLOCKS = 1_000;

/** Rows for each block read: where rows lie together in the order of the index it is dozens. */
const SCATTERED = 2;

/** A row is never larger than a block (https://www.postgresql.org/docs/current/storage-toast.html): half of the blocks read hold none. */
const EMPTY = 0.5;

export default planRule({
  id: "plan/io-heavy",
  severity: "warning",

  *check({ nodes }) {
    for (const node of nodes) {
      const { title, relation, ownBuffers, loops = 0 } = node;
      const blocks = ownBuffers?.sharedRead ?? 0;
      const rows = visited(node);
      const why = loops > 0 && blocks >= BLOCKS ? reason(node, rows / blocks) : undefined;
      if (!relation || why === undefined) continue;

      yield {
        message: `${title} reads ${count(blocks)} blocks that were not in shared_buffers for ${count(rows)} rows, because ${why}.`,
        object: String(relation),
        evidence: { blocksRead: blocks, blocksHit: ownBuffers?.sharedHit ?? 0, rows },
      };
    }
  },
});

const visited = ({ actualRowsAtMost = 0, rowsRemovedByFilter = 0, rowsRemovedByIndexRecheck = 0 }: PlanNode) =>
  actualRowsAtMost + rowsRemovedByFilter + rowsRemovedByIndexRecheck;

function reason({ type }: PlanNode, rowsPerBlock: number): string | undefined {
  if (type === "Seq Scan") return rowsPerBlock < EMPTY ? "most blocks hold no living row, or long values that are stored apart" : undefined;
  return SCANS.includes(type) && rowsPerBlock < SCATTERED ? "these rows lie scattered, or their long values are stored apart" : undefined;
}

const SCANS = ["Index Scan", "Index Only Scan", "Bitmap Heap Scan"];
