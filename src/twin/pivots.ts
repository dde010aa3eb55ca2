import type { Catalog } from "../catalog/catalog.ts";
import type { Index } from "../catalog/indexes.ts";
import type { Table } from "../catalog/tables.ts";
import { quote, unquote } from "../sql/quote.ts";
import { qualified } from "./definitions.ts";
import { alignUp, INDEX_TUPLE_HEADER } from "./sizes.ts";

/** Mean bytes of a tuple above the leaves of an index with so many entries. */
export type Pivots = (table: Table, index: Index, entries: number) => number;

/** Of a key that nobody measured. */
const UNKNOWN = { width: 8, distinct: 200 };

/** Row identifiers that share one tuple at most, of equal keys (`BTREE_DEFAULT_FILLFACTOR` and `BTMaxItemSize` in nbtree.h allow about so many). */
const MOST_SHARED = 130;
const ROW_IDENTIFIER = 8;

interface Key {
  /** Mean bytes; a null takes none. */
  readonly width: number;
  /** As `pg_stats` has it: a share of the rows where it is negative. */
  readonly distinct: number;
}

/**
 * A tuple above the leaves keeps only the columns that tell two neighbours apart, and where none does, all of them and the
 * row identifier (`_bt_truncate` in src/backend/access/nbtree/nbtutils.c). How often a column does follows from the number
 * of values that it and those before it have.
 */
export function pivotsOf(statistics: Catalog["statistics"]): Pivots {
  const keys = new Map(
    statistics
      .filter(({ inherited }) => !inherited)
      .map(({ schema, relation, column, values }): [string, Key] => [
        qualified({ schema, name: relation }) + quote(column),
        { width: Number(values.avg_width) * (1 - Number(values.null_frac)), distinct: Number(values.n_distinct) },
      ]),
  );
  /** An expression is known by the index itself, under the name of its attribute. */
  const keyAt = (table: Table, index: Index, place: number) =>
    keys.get(qualified(index) + quote(index.attributes[place] ?? "")) ??
    keys.get(qualified(table) + quote(unquote(index.keys[place] ?? ""))) ??
    UNKNOWN;
  return (table, index, entries) =>
    pivot(
      index.keys.map((_, place) => keyAt(table, index, place)),
      Math.max(1, entries),
      index,
    );
}

function pivot(keys: readonly Key[], entries: number, { unique, include }: Pick<Index, "unique" | "include">): number {
  const distinct = keys.map((_, last) => distinctOf(keys.slice(0, last + 1), entries));
  const isShared = !unique && include.length === 0;
  const neighbours = isShared ? Math.max(distinct.at(-1) ?? 1, entries / MOST_SHARED) : entries;
  let width = INDEX_TUPLE_HEADER;
  let told = 0;
  let bytes = 0;
  for (const [place, key] of keys.entries()) {
    width += key.width;
    const isWhole = unique && place === keys.length - 1;
    const share = isWhole ? 1 : Math.max(told, Math.min(1, (distinct[place] ?? 1) / neighbours));
    bytes += (share - told) * alignUp(width);
    told = share;
  }
  return bytes + (1 - told) * (alignUp(width) + ROW_IDENTIFIER);
}

/** Values that so many entries have if their columns do not depend on each other: those drawn of all that there could be (Cardenas 1975). */
function distinctOf(keys: readonly Key[], entries: number): number {
  const numbers = keys.map(({ distinct }) => (distinct < 0 ? -distinct * entries : Math.min(distinct, entries)));
  const possible = numbers.reduce((product, number) => product * Math.max(1, number), 1);
  return keys.length === 1 ? possible : Math.min(entries, possible * -Math.expm1(-entries / possible));
}
