import type { Index } from "../catalog/indexes.ts";
import type { Table } from "../catalog/tables.ts";
import type { IndexSize, RelationSize } from "./messages.ts";

const BLOCK_BYTES = 8192;
const PAGE_HEADER = 24;
const SPECIAL_SPACE = 16;
/** Line pointer of 4 and tuple header of 8 bytes. */
const ENTRY_OVERHEAD = 12;
/** Inner pages of a B-tree are filled to 70 % when it is built, and about so when it grows (`BTREE_NONLEAF_FILLFACTOR` in nbtree.h). */
const INNER_FILL = 0.7;

const align = (bytes: number) => Math.ceil(bytes / 8) * 8;

/** Levels below the root of a B-tree of this many blocks, its meta page included, with keys of this width (bytes). */
export function treeHeight(blocks: number, keyWidth: number): number {
  const fanout = Math.floor(((BLOCK_BYTES - PAGE_HEADER - SPECIAL_SPACE) * INNER_FILL) / (align(keyWidth) + ENTRY_OVERHEAD));
  let height = 0;
  for (let pages = blocks - 1; pages > 1; pages = Math.ceil(pages / Math.max(2, fanout))) height += 1;
  return height;
}

/** What the planner would make of the real table (`estimate_rel_size` in src/backend/optimizer/util/plancat.c). */
export function relationSize(oid: number, { rows, size }: Pick<Table, "rows" | "size">): RelationSize {
  const counted = size.tuples >= 0 && size.pages > 0;
  return {
    oid,
    blocks: size.blocks,
    tuples: counted ? rows : undefined,
    allVisible: size.blocks > 0 ? Math.min(1, size.allVisible / size.blocks) : 0,
  };
}

/** A partial index is counted by itself, with its meta page left out; any other has an entry for each row. */
export function indexSize(oid: number, index: Index, { rows, keyWidth }: { rows: number | undefined; keyWidth: number }): IndexSize {
  const density = index.tuples / Math.max(1, index.pages - 1);
  const counted = Math.max(0, Math.round(density * Math.max(0, index.blocks - 1)));
  return {
    oid,
    blocks: index.blocks,
    tuples: rows === undefined || index.where === undefined ? rows : Math.min(counted, rows),
    height: index.method === "btree" ? treeHeight(index.blocks, keyWidth) : undefined,
  };
}

/** Line pointer of 4 and tuple header of 24 bytes (https://www.postgresql.org/docs/current/storage-page-layout.html). */
const TUPLE_OVERHEAD = 28;
/** Leaves are filled to 90 % by default. */
const LEAF_BYTES = (BLOCK_BYTES - PAGE_HEADER - SPECIAL_SPACE) * 0.9;

/** Blocks that so many rows of this width (bytes) would fill, freshly loaded. */
export const blocksOfTable = (rows: number, width: number) =>
  Math.ceil((rows * (align(width) + TUPLE_OVERHEAD)) / (BLOCK_BYTES - PAGE_HEADER));

/** Blocks of a B-tree with so many entries of this width, each value once. */
export const blocksOfIndex = (rows: number, width: number) =>
  1 + Math.max(1, Math.ceil((rows * (align(width) + ENTRY_OVERHEAD)) / LEAF_BYTES));
