import type { Schema } from "../catalog/schema.ts";
import { type Ending, endsOf } from "./ends.ts";
import { sumOf, type TableVolume, volumeOf } from "./volume.ts";

/** Between two looks at one database. */
export interface Looks {
  readonly before: Schema;
  readonly now: Schema;
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
}

export interface Growth {
  /** Heap, indexes and TOAST of a table, those that grew most first. */
  readonly tables: readonly { readonly table: string; readonly rowsPerMonth: number; readonly bytesPerMonth: number }[];
  /** The next to end first. */
  readonly ends: readonly (Ending & {
    readonly perDay: number;
    /** ISO 8601, a day; undefined where that is more than a century off. */
    readonly on: string | undefined;
  })[];
}

const DAY = 86_400_000;
/** Days. */
const [MONTH, CENTURY] = [30, 36_525];

/** If it goes on as it went between the two. A table or a sequence that shrank, was set back or is new has no growth. */
export function growthBetween({ before, now, from, to }: Looks): Growth {
  const days = (Date.parse(to) - Date.parse(from)) / DAY;
  const then = new Map(volumeOf(before, true).tables.map((volume) => [volume.table, volume]));
  const tables = volumeOf(now, true).tables.flatMap((volume) => {
    const earlier = then.get(volume.table);
    return earlier ? [{ table: volume.table, ...perMonth(earlier, volume, days) }] : [];
  });
  const stood = new Map(endsOf(before).map((end) => [end.sequence, end]));
  const ends = endsOf(now).flatMap((end) => {
    const perDay = (end.last - (stood.get(end.sequence)?.last ?? end.last)) / days;
    return perDay > 0 ? [{ ...end, perDay, on: dayAfter(to, (end.most - end.last) / perDay) }] : [];
  });
  return {
    tables: tables.filter(({ bytesPerMonth }) => bytesPerMonth > 0).sort((one, other) => other.bytesPerMonth - one.bytesPerMonth),
    ends: ends.sort((one, other) => (one.most - one.last) / one.perDay - (other.most - other.last) / other.perDay),
  };
}

const perMonth = (earlier: TableVolume, volume: TableVolume, days: number) => ({
  rowsPerMonth: Math.round(((volume.rows - earlier.rows) * MONTH) / days),
  bytesPerMonth: Math.round(((sumOf(volume.now) - sumOf(earlier.now)) * MONTH) / days),
});

const dayAfter = (from: string, days: number) =>
  days > CENTURY ? undefined : new Date(Date.parse(from) + days * DAY).toISOString().slice(0, 10);
