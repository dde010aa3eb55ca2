import { nameOf, sql } from "../../sql/quote.ts";
import { healthRule } from "../rule.ts";
import { size } from "../wording.ts";

/** Of the file: below that, the estimate's own error may be all of it. */
const SHARE = 0.5;

export default healthRule({
  id: "health/index-bloat",
  severity: "info",

  *check({ indexBloat }) {
    for (const { schema, name, table, bytes, needed } of indexBloat) {
      if (bytes - needed < SHARE * bytes) continue;
      const index = nameOf(schema, name);
      yield {
        message: `${index} on ${table} takes ${size(bytes)}, and its entries would fill about ${size(needed)}, by average widths: pages that deletions emptied in part stay where they are until entries of their range come, or the index is built anew.`,
        object: `${index}`,
        evidence: { source: "pg_class, pg_stats", bytes, needed_bytes: needed },
        fix: sql`reindex index concurrently ${index};`,
      };
    }
  },
});
