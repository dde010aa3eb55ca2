import * as z from "zod";
import { readSchema } from "../catalog/schema.ts";
import { readSettings } from "../catalog/settings.ts";
import { answersOf } from "../catalog/snapshot-database.ts";
import { readSnapshotFile } from "../catalog/snapshot-file.ts";
import { growthBetween } from "../volume/growth.ts";
import { text } from "./review-schema-volume.ts";
import { withWholeSchema } from "./schema.ts";
import type { Context } from "./tool.ts";

export const growth = z.object({
  from: z.string(),
  to: z.string(),
  tables: z.array(z.object({ table: z.string(), rows_per_month: z.number(), bytes_per_month: z.number() })),
  ends: z.array(
    z.object({
      sequence: z.string(),
      column: z.string().optional(),
      last: z.number(),
      most: z.number(),
      per_day: z.number(),
      on: z.string().optional().describe("When the last value is given out; absent: in more than a century"),
    }),
  ),
});
export type GrowthTold = z.infer<typeof growth>;

/** Tables and sequences in the answer. */
const MOST = 10;
const DAY = 86_400_000;

interface Grown {
  readonly growth?: GrowthTold;
  readonly limits: readonly string[];
}

/** What grew since a snapshot was written, if that is a day ago or more. `to`: ISO 8601, by the server's clock. */
export async function growthSince(file: string, to: string | undefined, context: Context): Promise<Grown> {
  const snapshot = await readSnapshotFile(file);
  if (to === undefined) return { limits: ["growth: this source does not say of when it is"] };
  if (Date.parse(to) - Date.parse(snapshot.takenAt) < DAY) return { limits: ["growth: the snapshot is less than a day old"] };
  const database = answersOf(snapshot);
  const before = await readSchema(database, { settings: await readSettings(database) });
  const now = await withWholeSchema({}, context, async ({ schema }) => schema);
  const { tables, ends } = growthBetween({ before, now, from: snapshot.takenAt, to });
  return {
    growth: {
      from: snapshot.takenAt,
      to,
      tables: tables
        .slice(0, MOST)
        .map(({ table, rowsPerMonth, bytesPerMonth }) => ({ table, rows_per_month: rowsPerMonth, bytes_per_month: bytesPerMonth })),
      ends: ends.slice(0, MOST).map(({ sequence, column, last, most, perDay, on }) => ({
        sequence,
        ...(column !== undefined && { column }),
        last,
        most,
        per_day: Math.round(perDay),
        ...(on !== undefined && { on }),
      })),
    },
    limits: [
      ...(tables.length > MOST ? [`the growth of ${tables.length - MOST} more tables, each less`] : []),
      "when the disk is full: what is free of it cannot be seen by SQL",
    ],
  };
}

export function renderGrowth({ from, tables, ends }: GrowthTold): string {
  const sequences = ends.filter(({ on }) => on !== undefined);
  if (tables.length + sequences.length === 0) return `Nothing grew since ${from.slice(0, 10)}.`;
  return [
    `Per month (30 days), if it goes on as since ${from.slice(0, 10)}:`,
    ...tables.map(
      ({ table, rows_per_month, bytes_per_month }) =>
        `- ${table}: ${rows_per_month.toLocaleString("en-US")} rows, ${text(bytes_per_month)}`,
    ),
    ...sequences.map(
      ({ sequence, column, last, most, per_day, on }) =>
        `- ${sequence}${column === undefined ? "" : ` (${column})`}: ${last.toLocaleString("en-US")} of ${most.toLocaleString("en-US")} values given out, ${per_day.toLocaleString("en-US")} a day: the last on ${on}`,
    ),
  ].join("\n");
}
