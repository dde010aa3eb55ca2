import type { Table } from "../../catalog/tables.ts";
import { nameOf, raw, sql } from "../../sql/quote.ts";
import { isOptional } from "../covers.ts";
import { schemaRule } from "../rule.ts";
import { count, size } from "../wording.ts";

/** Bytes. A smaller one costs too little to be worth the question. */
const LARGE = 10 * 1024 ** 2;
/** Writes of its table for each scan. */
const RATIO = 1_000;

export default schemaRule({
  id: "schema/rarely-used-large-index",
  severity: "info",

  *check({ tables, settings }) {
    for (const table of tables) {
      if (table.kind !== "table") continue;
      const writes = writesOf(table);
      for (const index of table.indexes.filter(isOptional)) {
        const { scans } = index.usage;
        if (scans === 0 || index.bytes < LARGE || writes < RATIO * scans || index.replicaIdentity) continue;
        const own = nameOf(index.schema, index.name);
        yield {
          message: `${own} on ${nameOf(table.schema, table.name)} was read ${count(scans)} ${scans === 1 ? "time" : "times"} on this server while ${count(writes)} writes maintained its ${size(index.bytes)}: ask what the few readers are before it goes, since one of them may be a report that nothing else serves.`,
          object: `${nameOf(table.schema, table.name)}.${nameOf(undefined, index.name)}`,
          evidence: { scans, writes, bytes: index.bytes, ...(settings.statisticsReset && { since: settings.statisticsReset }) },
          fix: sql`drop index concurrently ${own};`,
          undo: sql`${raw(index.definition.replace(/ INDEX /, " INDEX CONCURRENTLY "))};`,
        };
      }
    }
  },
});

/** Those that write to indexes: a HOT update writes to none. */
const writesOf = ({ usage: { inserts, updates, hotUpdates } }: Table) => inserts + updates - hotUpdates;
