import * as z from "zod";
import type { Schema } from "../catalog/schema.ts";
import { type Ending, endsOf } from "../volume/ends.ts";
import { type Bytes, sumOf, type TableVolume, volumeOf } from "../volume/volume.ts";

const bytes = z.object({ heap: z.number(), indexes: z.number(), toast: z.number() });

export const volume = z.object({
  measured: z.boolean().describe("now is what the server has; else both are reckoned from widths, without TOAST"),
  tables: z.array(z.object({ table: z.string(), rows: z.number(), bytes_per_row: z.number(), now: bytes, tenfold: bytes })),
  total: z.object({ now: z.number(), tenfold: z.number() }),
  ends: z.array(
    z.object({ sequence: z.string(), column: z.string().optional(), last: z.number(), most: z.number(), tenfold: z.boolean() }),
  ),
});
type Told = z.infer<typeof volume>;

interface Reckoned {
  readonly volume: Told | undefined;
  readonly limits: readonly string[];
}

/** Tables in the answer: the largest. */
const MOST = 20;
/** Sequences with less of their values given out at ten times the rows are left out, percent. */
const NEAR = 50;

/** `measured`: sizes of a server, not of DDL text with the rows that somebody told. */
export function reckonedVolume(schema: Schema, measured: boolean): Reckoned {
  const { tables, uncounted, assumed, unsized } = volumeOf(schema, measured);
  const limits = [
    ...(uncounted.length > 0
      ? [`the volume of ${few(uncounted)}: nobody counted the rows${measured ? " (analyze)" : " (row_counts)"}`]
      : []),
    ...(assumed.length > 0
      ? [`how long values of text, jsonb and the like are in ${few(assumed)}: taken for 32 bytes where no length is declared`]
      : []),
    ...(unsized.length > 0 ? [unsizedText(few(unsized), measured)] : []),
    ...(measured ? [] : ["TOAST: nobody knows how many values are long"]),
    "the disk and what is free of it",
  ];
  // Of a text whose rows nobody told, the review says so itself.
  if (tables.length === 0) return { volume: undefined, limits: measured && uncounted.length > 0 ? limits.slice(0, 1) : [] };
  const shown = tables.slice(0, MOST);
  const total = (of: (table: TableVolume) => Bytes) => tables.reduce((sum, table) => sum + sumOf(of(table)), 0);
  return {
    volume: {
      measured,
      tables: shown.map(({ bytesPerRow, ...table }) => ({ ...table, bytes_per_row: bytesPerRow })),
      total: { now: total(({ now }) => now), tenfold: total(({ tenfold }) => tenfold) },
      ends: endsOf(schema)
        .filter(({ last, most }) => last * 10 * 100 >= most * NEAR)
        .map(asTold),
    },
    limits: [
      ...limits,
      ...(shown.length < tables.length ? [`the volume of ${tables.length - shown.length} smaller tables, which is in the total`] : []),
    ],
  };
}

/** Measured: up to 1.7 times what a GIN index took in the end. */
const unsizedText = (names: string, measured: boolean) =>
  measured
    ? `${names} at ten times the rows: what is no B-tree over columns is told in proportion, and mostly takes less`
    : `the volume of ${names}: only B-trees over columns are reckoned`;

const asTold = ({ sequence, column, last, most }: Ending): Told["ends"][number] => ({
  sequence,
  ...(column !== undefined && { column }),
  last,
  most,
  tenfold: last * 10 > most,
});

const NAMED = 3;
const few = (names: readonly string[]) =>
  `${names.slice(0, NAMED).join(", ")}${names.length > NAMED ? ` and ${names.length - NAMED} more` : ""}`;

export function renderVolume({ measured, tables, total, ends }: Told): string {
  const head = measured
    ? "Volume, as it is and with ten times the rows lying as they do now (heap + indexes + TOAST):"
    : "Volume, reckoned from widths and packed, at these rows and at ten times as many (heap + indexes):";
  return [
    head,
    ...tables.map(
      ({ table, rows, bytes_per_row, now, tenfold }) =>
        `- ${table}: ${rows.toLocaleString("en-US")} rows of ${bytes_per_row.toLocaleString("en-US")} bytes; ${parts(now, measured)}; at 10x ${parts(tenfold, measured)}`,
    ),
    `- together: ${text(total.now)}; at 10x ${text(total.tenfold)}`,
    ...ends.map(
      ({ sequence, column, last, most, tenfold }) =>
        `- ${sequence}${column === undefined ? "" : ` (${column})`} has given out ${last.toLocaleString("en-US")} of ${most.toLocaleString("en-US")} values${tenfold ? ", and ten times as many are more than there are" : ""}`,
    ),
  ].join("\n");
}

const parts = (sizes: Bytes, measured: boolean) =>
  `${text(sumOf(sizes))} (${[sizes.heap, sizes.indexes, ...(measured ? [sizes.toast] : [])].map(text).join(" + ")})`;

const units = ["kB", "MB", "GB", "TB"] as const;

export function text(size: number): string {
  const power = Math.min(units.length, Math.max(1, Math.floor(Math.log2(Math.max(size, 1)) / 10)));
  return `${(size / 1024 ** power).toLocaleString("en-US", { maximumFractionDigits: power === 1 ? 0 : 1 })} ${units[power - 1]}`;
}
