import { planRule } from "../rule.ts";
import { count, phrase, size } from "../wording.ts";

export default planRule({
  id: "plan/hash-batches",
  severity: "warning",

  *check({ nodes }) {
    for (const join of nodes) {
      const hash = join.children.find(({ type }) => type === "Hash");
      const { hashBatches: batches = 1, originalHashBatches: planned = batches } = hash ?? {};
      if (!hash || batches === 1) continue;

      const rows = (hash.parallelAware ? hash.actualRows : hash.rowsPerLoop) ?? 0;
      const written = (hash.ownBuffers?.tempWritten ?? 0) + (join.ownBuffers?.tempWritten ?? 0);
      const grown = planned < batches ? ` It started with ${planned}, because less was expected.` : "";
      yield {
        message: `${join.title}${phrase(join, "on", "Hash Cond")} writes ${written === 0 ? "rows" : size(written * BLOCK)} to disk in ${count(batches)} batches, because a hash table of ${count(rows)} rows does not fit in work_mem times hash_mem_multiplier.${grown}`,
        evidence: { batches, planned, rows, ...(written > 0 && { bytesWritten: written * BLOCK }) },
      };
    }
  },
});

const BLOCK = 8192;
