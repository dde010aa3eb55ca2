import { nameOf } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Rows. A smaller table is read in one go, with or without an index. */
const LARGE = 10_000;
/** Scans that are more than somebody looking around. */
const MANY = 100;
/** A scan that stops earlier, at a LIMIT, is not what an index would spare. */
const SHARE = 0.5;

export default schemaRule({
  id: "schema/missing-index-seq-scans",
  severity: "warning",

  *check({ tables, settings }) {
    for (const { schema, name: bare, kind, rows = 0, usage } of tables) {
      const { sequentialScans, sequentialRows, indexScans } = usage;
      if (kind !== "table" || rows < LARGE || sequentialScans < MANY || sequentialScans < indexScans) continue;
      const each = sequentialRows / sequentialScans;
      if (each < SHARE * rows) continue;
      const name = nameOf(schema, bare);
      yield {
        message: `${name} was read from end to end ${count(sequentialScans)} times, about ${count(each)} rows each, and by an index ${count(indexScans)} times: suggest_indexes with the queries on it tells which index they lack.`,
        object: `${name}`,
        evidence: {
          sequentialScans,
          rowsEach: Math.round(each),
          indexScans,
          ...(settings.statisticsReset && { since: settings.statisticsReset }),
        },
      };
    }
  },
});
