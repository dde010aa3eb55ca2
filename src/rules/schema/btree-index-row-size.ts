import { nameOf, unquote } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

/** Bytes: a third of a page (`BTMaxItemSize` in src/include/access/nbtree.h). */
const MOST = 2704;
/** Where the average is a third of that, single values are likely above it. */
const WIDE = MOST / 3;

export default schemaRule({
  id: "schema/btree-index-row-size",
  severity: "warning",

  *check({ indexes, spreads }) {
    const widths = new Map(spreads.map(({ table, column, width }) => [`${table.oid} ${column}`, width]));
    for (const { table, name, method, keys, include, parent } of indexes) {
      if (method !== "btree" || parent !== undefined) continue;
      const columns = [...keys, ...include].map(unquote);
      const bytes = columns.reduce((sum, column) => sum + (widths.get(`${table.oid} ${column}`) ?? 0), 0);
      if (bytes < WIDE) continue;
      const on = nameOf(table.schema, table.name);
      yield {
        message: `${nameOf(undefined, name)} on ${on} holds about ${Math.round(bytes).toLocaleString("en-US")} bytes a row, and Postgres refuses an insert or update whose entry is above ${MOST.toLocaleString("en-US")} bytes after compression.`,
        object: `${on}.${nameOf(undefined, name)}`,
        evidence: { averageBytes: Math.round(bytes), most: MOST },
      };
    }
  },
});
