import { planRule } from "../rule.ts";
import { conditionOf, count, phrase } from "../wording.ts";

/** Rows; fewer are read and sorted in milliseconds. */
const READ = 10_000;

/** Below a factor of ten the planner would probably have chosen the same. */
const FACTOR = 10;

export default planRule({
  id: "plan/incremental-sort",
  severity: "info",

  *check({ nodes }) {
    for (const sort of nodes) {
      const [input] = sort.children;
      if (sort.type !== "Incremental Sort" || !sort.mayStopEarly || input?.actualRows === undefined) continue;
      const { actualRows: read, expectedRows, expectedShare } = input;
      const [expected, returned] = [Math.ceil(expectedRows * expectedShare), sort.actualRows ?? 0];
      if (read < READ || read < FACTOR * Math.max(expected, returned)) continue;

      yield {
        message: `Incremental Sort${phrase(sort, "by", "Sort Key")} reads ${count(read)} rows to return the first ${count(returned)}, because it has to see all rows with the same ${conditionOf(sort, "Presorted Key") ?? "leading keys"}; the planner expected it to read ${count(expected)}.`,
        evidence: { rowsRead: read, rowsExpected: expected, rowsReturned: returned },
      };
    }
  },
});
