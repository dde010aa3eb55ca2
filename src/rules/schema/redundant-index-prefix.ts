import { nameOf, raw, sql } from "../../sql/quote.ts";
import { covers, isOptional } from "../covers.ts";
import { schemaRule } from "../rule.ts";

/** A longer index that is this much bigger costs reads more than the short one costs writes. */
const MUCH_BIGGER = 3;

export default schemaRule({
  id: "schema/redundant-index-prefix",
  severity: "warning",

  *check({ tables }) {
    for (const table of tables) {
      if (table.kind === "partitioned table") continue;
      for (const index of table.indexes.filter(isOptional)) {
        const longer = table.indexes.find((other) => covers(other, index));
        if (!longer) continue;
        const isMuchBigger = index.bytes > 0 && longer.bytes > MUCH_BIGGER * index.bytes;
        yield {
          message: `${nameOf(undefined, index.name)} on ${nameOf(table.schema, table.name)} is the start of ${nameOf(undefined, longer.name)}, which serves the same conditions, so every write maintains one index too many.`,
          object: `${nameOf(table.schema, table.name)}.${nameOf(undefined, index.name)}`,
          evidence: { bytes: index.bytes, longer: longer.name, longerBytes: longer.bytes },
          ...(isMuchBigger && { severity: "info" as const }),
          fix: sql`drop index concurrently ${nameOf(index.schema, index.name)};`,
          undo: sql`${raw(index.definition.replace(/ INDEX /, " INDEX CONCURRENTLY "))};`,
        };
      }
    }
  },
});
