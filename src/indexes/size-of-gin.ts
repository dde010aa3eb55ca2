import { alignUp, BLOCK_BYTES } from "../twin/sizes.ts";
import { countsAround } from "./size.ts";
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
/** What is collected of a key (`GinEntryAccumulator` in src/include/access/gin_private.h), the header of a chunk of memory, and rows that a list starts with; it grows by doubling (src/backend/access/gin/ginbulk.c). */
const KEY_MEMORY = 64;
const CHUNK_HEADER = 8;
const FIRST_ROWS = 5;
const TID = 6;
/** The default of `maintenance_work_mem`: what a build collects before it writes. */
const BUILD_MEMORY = 64 * 1024 * 1024;
/** Of a tree that is filled in no order (Yao, On random 2-3 trees, 1978). */
const FILL_AGAIN = Math.LN2;
/** Pages that are as full as this on average are cut in two by the keys that follow. */
const FULL = 0.85;
/** Lists of more rows than this are taken to have just the mean of them. */
const FEW_ROWS = 40;
/** Entries of one kind have so many rows more or fewer, as a part of them: on trigrams of names, addresses and titles it moves the fewest over the limit. */
const ABOUT = 0.2;
/** `jsonb_path_ops` keeps no more of a value, so that its order is lost. */
const HASH = 4;

/** The meta page, the tree of entries, and a tree of postings for each entry that has too many to keep beside it. */
export async function sizeOfGin(reckoned: Reckoned): Promise<number> {
  const { facts, tableRows, tableBlocks } = reckoned;
  const place = { perBlock: tableRows / Math.max(1, tableBlocks), rows: tableRows };
  let postingPages = 0;
  let entryBytes = 0;
  let entrySquares = 0;
  let innerBytes = 0;
  let entries = 0;
  let memory = 0;
  let serialBytes = 0;
  for (const column of facts.columns) {
    for (const { keys, rows, width, isSerial } of await entriesOf(column, reckoned)) {
      // With several columns, an entry says which it is of.
      const key = alignUp(TUPLE_HEADER + (facts.columns.length > 1 ? 2 : 0) + width);
      const each = postingBytes(rows, place);
      const list = listBytes(rows, each);
      const trees = treesOf(keys, key + list);
      postingPages += keys * trees * treePages(rows, each);
      entries += keys;
      memory += keys * memoryOf(rows, width);
      const bytes = key + (1 - trees) * list + LINE_POINTER;
      entryBytes += keys * bytes;
      if (isSerial && width !== HASH) serialBytes += keys * bytes;
      entrySquares += keys * bytes ** 2;
      innerBytes += keys * (key + LINE_POINTER);
    }
  }
  // Keys that only go up are not met again by those of the next batch.
  const batches = 1 + Math.max(0, memory / BUILD_MEMORY - 1) * (1 - serialBytes / Math.max(1, entryBytes));
  const fill = (bytes: number, squares: number) => filled(leftOfSplit(squares / bytes), batches);
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

/** A second batch of keys falls between those of the first and fills their half pages, until nearly all are full and are cut in two again. */
function filled(half: number, batches: number): number {
  const isSettled = half * batches > ENTRY_ROOM * FULL;
  return isSettled ? ENTRY_ROOM * FILL_AGAIN : half * Math.max(1, batches);
}

/** The part of these keys that keep their rows in a tree. Those of a kind have about as many rows, not just as many. */
function treesOf(keys: number, bytes: number): number {
  if (keys <= 1) return bytes > LARGEST_ENTRY ? 1 : 0;
  return Math.min(1, Math.max(0, ((1 + ABOUT) * bytes - LARGEST_ENTRY) / (2 * ABOUT * bytes)));
}

/** Of several rows, the steps between them; where few share a key, each list is aligned by itself. */
function listBytes(rows: number, each: number): number {
  if (rows > FEW_ROWS) return alignUp(LIST_HEADER + (rows - 1) * each);
  const counts = rows < 1.001 ? [1] : countsAround(rows);
  const bytes = counts.reduce((sum, often, more) => sum + often * alignUp(LIST_HEADER + more * each), 0);
  return bytes / counts.reduce((sum, often) => sum + often, 0);
}

/** Chunks are as large as a power of two. A key of four bytes is kept in place. */
function memoryOf(rows: number, width: number): number {
  const chunk = (bytes: number) => 2 ** Math.ceil(Math.log2(bytes)) + CHUNK_HEADER;
  const list = FIRST_ROWS * 2 ** Math.max(0, Math.ceil(Math.log2(rows / FIRST_ROWS)));
  return KEY_MEMORY + (width > 4 ? chunk(width) : 0) + chunk(list * TID);
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
