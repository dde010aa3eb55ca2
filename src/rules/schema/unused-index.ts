import type { Index } from "../../catalog/indexes.ts";
import type { Schema } from "../../catalog/schema.ts";
import type { Table } from "../../catalog/tables.ts";
import { nameOf, raw, sql, unquote } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

/** Bytes. A smaller one costs too little to be worth the question. */
const LARGE = 1024 ** 2;
/** Reads of its table in which the index could have served: those by a unique index are look-ups by key and checks of foreign keys. */
const ENOUGH = 1_000;
const WEEK = 7 * 24 * 60 * 60 * 1000;

export default schemaRule({
  id: "schema/unused-index",
  severity: "info",

  *check(schema) {
    const since = schema.settings.statisticsReset;
    if (isTooYoung(schema, since)) return;
    for (const table of schema.tables) {
      const reads = readsOf(table);
      if (table.kind !== "table" || reads < ENOUGH) continue;
      for (const index of table.indexes) {
        if (index.usage.scans > 0 || index.bytes < LARGE || !isOptional(index) || supportsForeignKey(index, table)) continue;
        const name = nameOf(index.schema, index.name);
        yield {
          message: `No query has read ${name} on ${nameOf(table.schema, table.name)} ${since === undefined ? "since the counters began" : `since ${since.slice(0, 10)}`}, in ${reads.toLocaleString("en-US")} other scans of that table on this server, while every write maintains its ${Math.round(index.bytes / LARGE).toLocaleString("en-US")} MB; a standby counts its own scans.`,
          object: `${nameOf(table.schema, table.name)}.${nameOf(undefined, index.name)}`,
          evidence: { scans: 0, tableScans: reads, bytes: index.bytes, ...(since !== undefined && { since }) },
          fix: sql`drop index concurrently ${name};`,
          undo: sql`${raw(index.definition.replace(/ INDEX /, " INDEX CONCURRENTLY "))};`,
        };
      }
    }
  },
});

const readsOf = ({ usage, indexes }: Table) =>
  usage.sequentialScans + indexes.filter(({ unique }) => !unique).reduce((sum, index) => sum + index.usage.scans, 0);

/** The latest thing that the statistics tell of stands for now: a rule has no clock. */
function isTooYoung({ tables }: Schema, since: string | undefined): boolean {
  const times = tables.flatMap(({ usage: { analyzed, vacuumed } }) => [analyzed, vacuumed]).filter((time) => time !== null);
  const latest = times.sort().at(-1);
  return since !== undefined && latest !== undefined && Date.parse(latest) - Date.parse(since) < WEEK;
}

/** Nothing but reads depends on it: unique ones are read by inserts, which count no scan. */
const isOptional = ({ unique, constraint, primary, valid, parent, replicaIdentity }: Index) =>
  !unique && !constraint && !primary && valid && parent === undefined && !replicaIdentity;

/** Deleting a parent needs it on the day that somebody does. */
const supportsForeignKey = ({ keys }: Index, { constraints }: Table) =>
  constraints.some(
    ({ kind, columns }) => kind === "foreign key" && columns.every((column) => keys.slice(0, columns.length).map(unquote).includes(column)),
  );
