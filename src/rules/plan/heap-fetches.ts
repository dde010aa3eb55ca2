import { sql } from "../../sql/quote.ts";
import { planRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Each may be one random page; fewer than this are read in milliseconds. */
const FETCHES = 1_000;

/** Pages that change all the time are never all marked: up to this share an index-only scan still saves most of the reads. */
const SHARE = 0.1;

export default planRule({
  id: "plan/heap-fetches",
  severity: "warning",

  *check({ nodes }) {
    for (const { title, relation, heapFetches = 0, actualRows = 0, actualRowsAtMost = 0, rowsRemovedByFilter = 0 } of nodes) {
      if (heapFetches < FETCHES || heapFetches <= SHARE * (actualRowsAtMost + rowsRemovedByFilter)) continue;

      const rows = actualRows + rowsRemovedByFilter;
      yield {
        message: `${title} goes to the table ${count(heapFetches)} times for ${count(rows)} rows, because VACUUM has not marked the pages of these rows as all-visible.`,
        object: relation && String(relation),
        evidence: { heapFetches, rows },
        fix: relation && sql`vacuum ${relation};`,
      };
    }
  },
});
