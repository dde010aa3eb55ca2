import { alignUp, BLOCK_BYTES } from "../twin/sizes.ts";
import type { Reckoned } from "./sized.ts";
import { entriesOf } from "./sized-entries.ts";

const LINE_POINTER = 4;
const TUPLE_HEADER = 8;
/** Page header of 24, special space of 8 bytes. */
const ENTRY_ROOM = BLOCK_BYTES - 32;
/** `GinDataPageMaxDataSize` and `GinMaxItemSize` in src/include/access/ginblock.h. */
const POSTING_ROOM = BLOCK_BYTES - 40;
const LARGEST_ENTRY = 2712;
/** First row and length of a compressed list (`GinPostingList`). */
const LIST_HEADER = 8;
/** `GinPostingListSegmentTargetSize` in gindatapage.c. */
const SEGMENT = 256;
/** Row identifier and block (`PostingItem`). */
const POSTING_ITEM = 10;
/** An accumulated key (`GinEntryAccumulator`), and a row of it; lists grow by doubling (src/backend/access/gin/ginbulk.c). */
const KEY_MEMORY = 96;
const ROW_MEMORY = 9;
/** The default of `maintenance_work_mem`: what a build collects before it writes. */
const BUILD_MEMORY = 64 * 1024 * 1024;
/** Of a tree that is filled in no order (Yao, On random 2-3 trees, 1978). */
const FILL_AGAIN = Math.LN2;

/** The meta page, the tree of entries, and a tree of postings for each entry that has too many to keep beside it. */
export async function sizeOfGin(reckoned: Reckoned): Promise<number> {
  const { facts, tableRows, tableBlocks } = reckoned;
  const place = { perBlock: tableRows / Math.max(1, tableBlocks), rows: tableRows };
  let postingPages = 0;
  let entryBytes = 0;
  let entrySquares = 0;
  let innerBytes = 0;
  let entries = 0;
  let postings = 0;
  for (const column of facts.columns) {
    for (const { keys, rows, width } of await entriesOf(column, reckoned)) {
      // With several columns, an entry says which it is of.
      const key = alignUp(TUPLE_HEADER + (facts.columns.length > 1 ? 2 : 0) + width);
      const each = postingBytes(rows, place);
      const list = LIST_HEADER + Math.max(0, rows - 1) * each;
      const isTree = key + alignUp(list) > LARGEST_ENTRY;
      if (isTree) postingPages += keys * treePages(rows, each);
      entries += keys;
      postings += keys * rows;
      const bytes = key + (isTree ? 0 : alignUp(list)) + LINE_POINTER;
      entryBytes += keys * bytes;
      entrySquares += keys * bytes ** 2;
      innerBytes += keys * (key + LINE_POINTER);
    }
  }
  const isOnce = entries * KEY_MEMORY + postings * ROW_MEMORY <= BUILD_MEMORY;
  const fill = (bytes: number, squares: number) => (isOnce ? leftOfSplit(squares / bytes) : ENTRY_ROOM * FILL_AGAIN);
  const inner = innerBytes / Math.max(1, entries);
  const leaves = entryBytes / fill(entryBytes, entrySquares);
  return 1 + treeOf(leaves, Math.max(2, fill(inner, inner ** 2) / inner)) + Math.round(postingPages);
}

/**
 * Keys that arrive in order fill the last page until one does not fit. Of all that, a little more than half stays to the left for
 * good (`entrySplitPage` in ginentrypage.c): what is in excess is half of an entry, met by its size. `mean`: of entries, each as often as it has bytes.
 */
function leftOfSplit(mean: number): number {
  const excess = mean / 2;
  return Math.min(ENTRY_ROOM, (ENTRY_ROOM + excess) / 2 + excess);
}

function treeOf(leaves: number, fanout: number): number {
  let level = Math.max(1, Math.ceil(leaves));
  let pages = level;
  while (level > 1) {
    level = Math.ceil(level / fanout);
    pages += level;
  }
  return pages;
}

/**
 * Bytes of the step from one row of an entry to the next, if its rows lie anywhere: seven bits to a byte, of which the lowest eleven are
 * the place in the block (src/backend/access/gin/ginpostinglist.c). In the same block one byte will do, less than 8 blocks on two, 1024 three.
 */
function postingBytes(entryRows: number, { perBlock, rows }: { perBlock: number; rows: number }): number {
  const chance = Math.min(1, entryRows / Math.max(1, rows));
  const hit = 1 - (1 - chance) ** Math.max(1, perBlock);
  const moves = Math.min(1, hit / (chance * Math.max(1, perBlock)));
  const beyond = (blocks: number) => (1 - hit) ** (blocks - 0.5);
  return 1 + moves * (1 + beyond(8) + beyond(1024) + beyond(131_072));
}

/** Segments of a build end when they reach their target; a page takes whole segments (`leafRepackItems` in gindatapage.c). */
function treePages(rows: number, each: number): number {
  const perSegment = 1 + (SEGMENT - LIST_HEADER) / each;
  const leaves = Math.ceil(rows / perSegment / Math.floor(POSTING_ROOM / SEGMENT));
  return treeOf(leaves, POSTING_ROOM / POSTING_ITEM);
}
