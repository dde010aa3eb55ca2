import type { Weighted } from "./sized-rows.ts";
import { restOf } from "./sized-spread.ts";

/** Entries of a GIN index that have about as many rows. */
export interface Entries {
  readonly keys: number;
  readonly rows: number;
  /** Bytes of the key with its length word. */
  readonly width: number;
}

/** One value that ANALYZE kept, taken apart as its operator class does. */
export interface Document extends Omit<Weighted, "text"> {
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  /** Bytes of the key, with its length word. */
  readonly width: number;
  /** Where in the document it stands: entries of one place have as many others like them. */
  readonly place: string;
  /** Where it is a whole number: there are no more of those than fit between the least and the greatest. */
  readonly whole?: number | undefined;
}

/** Seen in this many documents or fewer, an entry says more about how many others there are than about itself. */
const RARE = 3;

interface Tally extends Entry {
  /** Of how many documents, by their weight. */
  weight: number;
  /** In one of the most common values. */
  isListed: boolean;
}

/** Entries of the values that ANALYZE kept: how often each occurs, and how many more there must be. */
export function sampledEntries(documents: readonly Document[], filled: number): readonly Entries[] {
  const tallies = new Map<string, Tally>();
  for (const { entries, weight, isListed } of documents) {
    for (const [name, entry] of entries) {
      const tally = tallies.get(name) ?? { ...entry, weight: 0, isListed };
      tally.weight += weight;
      tally.isListed ||= isListed;
      tallies.set(name, tally);
    }
  }
  const all = documents.reduce((sum, { weight }) => sum + weight, 0);
  const often = [...tallies.values()].filter(({ weight, isListed }) => weight > RARE || (isListed && weight >= 1));
  // What is only in a common value of few rows is one of those that the histogram would show just by chance.
  const rare = [...tallies.values()].filter(({ weight, isListed }) => weight <= RARE && !isListed);
  const places = [...new Set(rare.map(({ place }) => place))];
  return [
    ...often.map(({ weight, width }) => ({ keys: 1, rows: (weight / all) * filled, width })),
    ...places.flatMap((own) =>
      unseen(
        rare.filter(({ place }) => place === own),
        all,
        filled,
      ),
    ),
  ];
}

function unseen(rare: readonly Tally[], all: number, filled: number): readonly Entries[] {
  const sampled = rare.reduce((sum, { weight }) => sum + weight, 0);
  if (sampled === 0) return [];
  const looked = Math.min(1, all / filled);
  const rows = sampled / looked;
  const once = rare.filter(({ weight }) => weight <= 1).length;
  // Duj1, as ANALYZE itself does.
  const distinct = Math.min(rows, (sampled * rare.length) / Math.max(1e-9, sampled - once + once * looked));
  const keys = Math.max(rare.length, Math.min(mostOf(rare), restOf({ rows, distinct, listed: 0, looked, allRows: rows })));
  return [{ keys, rows: rows / keys, width: rare.reduce((sum, { width }) => sum + width, 0) / rare.length }];
}

/** A histogram takes values at even distances, so that all of them may differ where hardly any value is alone. */
function mostOf(rare: readonly Tally[]): number {
  const whole = rare.flatMap(({ whole: number }) => (number === undefined ? [] : [number]));
  return whole.length < rare.length ? Number.POSITIVE_INFINITY : Math.max(...whole) - Math.min(...whole) + 1;
}
