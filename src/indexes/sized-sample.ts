import { combinedBy, fittingIn, howMany, isSerial } from "./sized-distinct.ts";
import type { Weighted } from "./sized-rows.ts";
import { restOf } from "./sized-spread.ts";

/** Entries of a GIN index that have about as many rows. */
export interface Entries {
  readonly keys: number;
  readonly rows: number;
  /** Bytes of the key with its length word. */
  readonly width: number;
  /** New rows have greater ones. */
  readonly isSerial?: boolean;
}

/** One value that ANALYZE kept, taken apart as its operator class does. */
export interface Document extends Omit<Weighted, "text"> {
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Entry {
  /** Bytes of the key, with its length word. */
  readonly width: number;
  /** Where in the document it stands: entries of one place have as many others like them. Empty where they may stand anywhere. */
  readonly place: string;
  /** What stands there, where that is told apart by its number. */
  readonly value?: null | boolean | number | string | undefined;
}

/** Seen in this many documents or fewer, an entry says more about how many others there are than about itself. */
const RARE = 3;

interface Tally {
  readonly entry: Entry;
  /** Of how many documents, by their weight. */
  weight: number;
  /** In one of the most common values. */
  isListed: boolean;
}

const asOften = ({ entry: { value }, weight }: Tally) => ({ value, weight });

interface Filled {
  /** Rows of the index that have a document. */
  readonly rows: number;
  /** How many documents there are, if that is known: at most as many as the values of their places can be combined to. */
  readonly different: number | undefined;
  /** There are no fewer entries than this, if all that were met differ. */
  readonly least?: number;
}

/** Entries of the values that ANALYZE kept: how often each occurs, and how many more there must be. */
export function sampledEntries(documents: readonly Document[], { rows, different, least: known = 1 }: Filled): readonly Entries[] {
  const all = documents.reduce((sum, { weight }) => sum + weight, 0);
  const places = [...tallied(documents)].map(([place, tallies]) => {
    // What is only in a common value of few rows is one of those that the histogram would show just by chance.
    const rare = tallies.filter(({ weight, isListed }) => weight <= RARE && !isListed);
    const often = tallies.filter(({ weight, isListed }) => weight > RARE || (isListed && weight >= 1));
    return { place, often, rare, combined: place === "" ? 1 : combinedBy(tallies.map(asOften), all) };
  });
  let before = 1;
  return places.flatMap(({ place, often, rare, combined }) => {
    const others = places.reduce((product, other) => (other.place === place ? product : product * other.combined), 1);
    const least = place === "" || different === undefined ? known : different / others;
    // Documents are sorted by their first place, then by the next: a histogram has its values at even distances.
    const isRandom = place === "" || before > documents.length;
    before *= combined;
    return [
      ...often.map(({ weight, entry }) => ({ keys: 1, rows: (weight / all) * rows, width: entry.width })),
      ...unseen(rare, { share: all / rows, rows: Math.min(rows, (place !== "" && different) || rows), least, isRandom }),
    ];
  });
}

function tallied(documents: readonly Document[]): ReadonlyMap<string, readonly Tally[]> {
  const tallies = new Map<string, Tally>();
  const places = new Map<string, Tally[]>();
  for (const { entries, weight, isListed } of documents) {
    for (const [name, entry] of entries) {
      const known = tallies.get(name);
      const tally = known ?? { entry, weight: 0, isListed: false };
      tally.weight += weight;
      tally.isListed ||= isListed;
      if (known) continue;
      tallies.set(name, tally);
      const own = places.get(entry.place) ?? [];
      own.push(tally);
      places.set(entry.place, own);
    }
  }
  return places;
}

interface Drawn {
  /** Documents for each row. */
  readonly share: number;
  readonly rows: number;
  readonly least: number;
  readonly isRandom: boolean;
}

function unseen(rare: readonly Tally[], { share, rows: filled, least, isRandom }: Drawn): readonly Entries[] {
  const drawn = rare.reduce((sum, { weight }) => sum + weight, 0);
  if (drawn === 0) return [];
  const looked = Math.min(1, share);
  const rows = drawn / looked;
  const once = rare.filter(({ weight }) => weight <= 1).length;
  const fitting = fittingIn(rare.map(({ entry }) => entry.value));
  const most = Math.min(filled, rows);
  const distinct = howMany({ drawn, different: rare.length, once, least, rows: most, fitting, isRandom });
  const told = rare.length < drawn ? restOf({ rows, distinct, listed: 0, looked, allRows: rows }) : distinct;
  const keys = Math.max(rare.length, Math.min(told, fitting ?? most));
  const width = rare.reduce((sum, { entry }) => sum + entry.width, 0) / rare.length;
  return [{ keys, rows: rows / keys, width, isSerial: isSerial(fitting, rows) }];
}
