import type { Table } from "../../catalog/tables.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { bytesText } from "./figures.ts";
import type { Standing } from "./standing.ts";
import { cannotTell, drop, keep, type Verdict } from "./verdict.ts";

/** What REINDEX CONCURRENTLY leaves behind where it fails (https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY). */
const isLeftover = (name: string) => /_cc(new|old)\d*$/.test(name);

/** No query may use an invalid index, so nothing is lost with it but the work of building it. */
export function judgeInvalid(standing: Standing, tables: readonly Table[]): Verdict | undefined {
  const { index, table, bytes, use } = standing;
  if (index.valid) return undefined;
  const on = nameOf(table.schema, table.name);
  if (table.kind === "partitioned table")
    return cannotTell([`It is invalid until every partition of ${on} has its part: ${missingParts(standing, tables)}.`]);
  if (use?.building)
    return cannotTell([
      `It is invalid, and an index is being built now, which may be this one (pg_stat_progress_create_index): ask again then.`,
    ]);
  const refusing = index.unique ? ", and may refuse duplicates by it" : "";
  const state = `It is invalid, because a build or a drop failed: no query may use it, while writes may go on paying for its ${bytesText(bytes)}${refusing}.`;
  const name = nameOf(index.schema, index.name);
  const finish = sql`reindex index concurrently ${name};`;
  if (index.constraint) return { ...keep(state, "Its constraint needs it: build it anew."), sql: finish };
  if (isLeftover(index.name))
    return {
      verdict: "drop",
      evidence: [state, "Its name is that of a REINDEX CONCURRENTLY's copy."],
      sql: sql`drop index concurrently ${name};`,
    };
  return drop(standing, tables, [state, `If it is wanted still, build it anew: ${finish}`]);
}

function missingParts({ index, table }: Standing, tables: readonly Table[]): string {
  const parts = tables.filter(({ partition, parents }) => partition.bound !== undefined && parents.some(({ oid }) => oid === table.oid));
  const without = parts.filter(({ indexes }) => !indexes.some(({ parent, valid }) => parent === index.oid && valid));
  if (without.length === 0) return "a part of it is invalid";
  const named = without.slice(0, MOST_NAMED).map(({ schema, name }) => nameOf(schema, name).toString());
  return `${without.length} of ${parts.length} lack it (${named.join(", ")}${without.length > MOST_NAMED ? "…" : ""})`;
}

const MOST_NAMED = 5;
