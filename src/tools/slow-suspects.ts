import * as z from "zod";
import { uriOf } from "../knowledge.ts";
import type { Suspect } from "../workload/n-plus-one.ts";

export const suspect = z.object({
  statement: z.int(),
  list: z.int().optional().describe("The statement whose rows it is sent for, going by foreign keys and counts"),
  table: z.string(),
  column: z.string(),
  calls: z.number(),
  orm: z.string().optional().describe("Who writes such a text"),
  message: z.string(),
  instead: z.string(),
  page: z.string(),
});
export type SuspectTold = z.infer<typeof suspect>;

export function toldOf({ statement, table, column, list, orm, instead }: Suspect): SuspectTold {
  const { number, calls, rows } = statement;
  const each = Math.round((10 * rows) / Math.max(calls, 1)) / 10;
  const found = each === 1 ? "1 row" : `${each} rows`;
  const sent = `${calls.toLocaleString("en-US")} calls find ${table} by one ${column} each, ${found} a call`;
  const of = list
    ? `, and #${list.number} returned ${list.rows.toLocaleString("en-US")} rows in ${list.calls.toLocaleString("en-US")} calls: perhaps one call for each of them.`
    : "; no list here has as many rows, so see whether each request needs just one.";
  return {
    statement: number,
    ...(list && { list: list.number }),
    table,
    column,
    calls,
    ...(orm && { orm }),
    message: `${sent}${of}`,
    instead,
    page: uriOf("rules-query#n-plus-one"),
  };
}
