import { planRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Going through 50,000 kept rows takes milliseconds. */
const VISITED = 50_000;

/** With fewer rounds than this the size of the CTE is the trouble, not its repetition. */
const ROUNDS = 10;

export default planRule({
  id: "plan/cte-scan-reread",
  severity: "info",

  *check({ nodes }) {
    for (const { type, title, source = "", loops = 0, actualRows = 0, rowsRemovedByFilter = 0 } of nodes) {
      const visited = actualRows + rowsRemovedByFilter;
      if (type !== "CTE Scan" || loops < ROUNDS || visited < VISITED) continue;

      yield {
        message: `${title} goes through the rows of the CTE ${count(loops)} times, about ${count(visited)} in all, because what a CTE keeps has no index.`,
        object: source,
        evidence: { loops, rowsVisited: visited, rowsKept: actualRows },
      };
    }
  },
});
