import { alignUp, BLOCK_BYTES } from "../twin/sizes.ts";
import type { Reckoned } from "./sized.ts";
import { alignedBytes, around, widthsOf } from "./sized-columns.ts";
import { entriesOf } from "./sized-entries.ts";
import type { ColumnFacts } from "./sized-facts.ts";

/** Page header of 24, special space of 16 bytes. */
const ROOM = BLOCK_BYTES - 40;
const LINE_POINTER = 4;
const TUPLE_HEADER = 8;
/** Above this many bytes a set of lexemes is kept as a signature (`TOAST_INDEX_TARGET`; `SIGLEN_DEFAULT` of src/backend/utils/adt/tsgistidx.c and a header). */
const LARGEST_SET = 508;
const SIGNATURE = 132;

/**
 * A sorted build cuts four full pages in halves until each fits (`gist_indexsortbuild_levelstate_flush` in src/backend/access/gist/gistbuild.c):
 * into four again where values stand in one row and are halved evenly, into about six where each cut may take from 30 to 70 of a
 * hundred (`LIMIT_RATIO` in gistproc.c), and ranges, whose two ends are sorted apart, lie between. Inner pages are in it.
 */
const SORTED = { even: 0.97, ranges: 0.8, boxes: 0.66 };
/** Inserted one by one: pages of things that overlap stay half empty, those of sets of lexemes fill well (both measured, on random boxes and words); others fill as those of any tree that splits in the middle (ln 2), less the inner pages. */
const INSERTED = { overlapping: 0.48, sets: 0.8, others: 0.66 };

/** Before 18 only points were sorted; then ranges and the types of btree_gist followed (https://www.postgresql.org/docs/release/18.0/). */
const SORTS_RANGES = 180000;

export async function sizeOfGist(reckoned: Reckoned): Promise<number> {
  const { facts, rows, versionNumber } = reckoned;
  const columns: (readonly number[])[] = [];
  for (const column of facts.columns) columns.push(await keyWidths(column, reckoned));
  const [first] = facts.columns;
  const isSorted = facts.columns
    .slice(0, facts.keys)
    .every(({ sorts, operators }) => sorts && (versionNumber >= SORTS_RANGES || operators === "point_ops"));
  const fill = first ? fillOf(first, isSorted) : 1;
  const tuple = alignedBytes(TUPLE_HEADER, columns);
  const pages = (rows * (tuple + LINE_POINTER)) / (ROOM * fill);
  // A root above more than one leaf; there is no meta page.
  return pages <= fill ? 1 : 1 + Math.ceil(pages);
}

function fillOf({ operators, stored }: ColumnFacts, isSorted: boolean): number {
  const isRange = operators === "range_ops" || operators === "multirange_ops";
  if (isSorted) return isRange ? SORTED.ranges : stored === "box" ? SORTED.boxes : SORTED.even;
  if (stored === "gtsvector") return INSERTED.sets;
  return isRange || ["box", "cube", "seg"].includes(stored) ? INSERTED.overlapping : INSERTED.others;
}

/** What the operator class makes of a value, on a leaf. */
async function keyWidths(column: ColumnFacts, reckoned: Reckoned): Promise<readonly number[]> {
  const { length, stored } = column;
  if (length > 0) return [length];
  const widths = () => widthsOf(column, reckoned);
  switch (stored) {
    // Two bytes of header, and three for each trigram (contrib/pg_trgm/trgm_gist.c).
    case "gtrgm":
      return around(2 + 3 * (await entriesEach(column, reckoned)));
    case "gtsvector": {
      const set = 5 + 4 * (await entriesEach(column, reckoned));
      return set > LARGEST_SET ? [SIGNATURE] : around(set);
    }
    // A header of 8 and the whole value (contrib/ltree/ltree.h), or a signature of 16 (contrib/hstore/hstore_gist.c).
    case "ltree_gist":
      return (await widths()).map((width) => 12 + width);
    case "ghstore":
      return [8 + 16];
    // The least and the greatest, which on a leaf are the same value twice (contrib/btree_gist/btree_utils_var.c).
    case "gbtreekey_var":
      return (await widths()).map((width) => 4 + alignUp(4 + width));
    // Lengths and family before four or sixteen bytes (`GistInetKey` in src/backend/utils/adt/network_gist.c).
    case "inet":
    case "cidr":
      return [8];
    default:
      return widths();
  }
}

async function entriesEach(column: ColumnFacts, reckoned: Reckoned): Promise<number> {
  const entries = await entriesOf(column, reckoned);
  const words = entries.filter(({ width }) => width > 0);
  return words.reduce((sum, { keys, rows }) => sum + keys * rows, 0) / Math.max(1, reckoned.rows);
}
