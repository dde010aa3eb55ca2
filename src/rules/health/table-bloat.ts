import { nameOf } from "../../sql/quote.ts";
import { healthRule } from "../rule.ts";
import { size } from "../wording.ts";

/** Of the file: below that, the estimate's own error may be all of it. */
const SHARE = 0.5;

export default healthRule({
  id: "health/table-bloat",
  severity: "info",

  *check({ bloat }) {
    for (const { schema, name, bytes, needed } of bloat) {
      const spare = bytes - needed;
      if (spare < SHARE * bytes) continue;
      const table = nameOf(schema, name);
      yield {
        message: `${table} takes ${size(bytes)}, and its rows would fill about ${size(needed)}, by average widths, an estimate that alignment and TOAST put off: a sequential scan reads all of it.`,
        object: `${table}`,
        evidence: { source: "pg_class, pg_stats", bytes, needed_bytes: needed },
      };
    }
  },
});
