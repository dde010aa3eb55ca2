import { planRule } from "../rule.ts";
import { count, phrase } from "../wording.ts";

/** Look-ups that had to be made again at worst; fewer take milliseconds. */
const LOST = 1_000;

/** Of the look-ups: below it the cache holds most of what is asked for. */
const SHARE = 0.1;

export default planRule({
  id: "plan/memoize-evictions",
  severity: "info",

  *check({ nodes }) {
    for (const node of nodes) {
      if (!node.cache) continue;
      const { hits, misses, evictions, overflows } = node.cache;
      const [lookups, lost] = [hits + misses, evictions + overflows];
      if (lost < LOST || lost <= SHARE * lookups) continue;

      yield {
        message: `Memoize${phrase(node, "by", "Cache Key")} answers ${count(hits)} of ${count(lookups)} look-ups and gives up ${count(lost)} results, because they do not all fit in work_mem times hash_mem_multiplier.`,
        evidence: { hits, misses, evictions, overflows },
      };
    }
  },
});
