import type { Index } from "../catalog/indexes.ts";
import type { Table } from "../catalog/tables.ts";
import type { IndexSize, RelationSize } from "./messages.ts";

export const BLOCK_BYTES = 8192;
const PAGE_HEADER = 24;
const SPECIAL_SPACE = 16;
const LINE_POINTER = 4;
const HEAP_TUPLE_HEADER = 24;
export const INDEX_TUPLE_HEADER = 8;
/** `BTREE_NONLEAF_FILLFACTOR` in src/include/access/nbtree.h; pages that split later end up about as full. */
const INNER_FILL = 0.7;
const LEAF_FILL = 0.9;

/** `MAXALIGN` of every server with pointers of 64 bits, and of the twin. */
export const alignUp = (bytes: number) => Math.ceil(bytes / 8) * 8;

interface TreeSize {
  /** The meta page, the leaves and every level above them. */
  readonly blocks: number;
  /** Levels below the root. */
  readonly height: number;
}

/** A B-tree over so many leaves, with pivots of this many bytes (aligned). */
export function treeOver(leaves: number, pivot: number): TreeSize {
  let blocks = 1 + leaves;
  let height = 0;
  for (let level = leaves; level > 1; height += 1) {
    level = Math.ceil(level / fanout(pivot));
    blocks += level;
  }
  return { blocks, height };
}

/** Pivots on an inner page, beside its high key. */
function fanout(pivot: number): number {
  const room = BLOCK_BYTES * INNER_FILL - PAGE_HEADER - SPECIAL_SPACE - 2 * LINE_POINTER;
  return Math.max(2, Math.floor(room / (pivot + LINE_POINTER)));
}

const pivotOf = (keyWidth: number) => alignUp(INDEX_TUPLE_HEADER + keyWidth);

interface Tree {
  /** The meta page included. */
  readonly blocks: number;
  /** Mean bytes of a tuple above the leaves. */
  readonly pivot: number;
  /** A build fills its root no fuller than any inner page; a root that grew with its table is split when it is full. */
  readonly root: "built" | "grown";
}

/** Levels below the root of a B-tree. */
function treeHeight({ blocks, pivot, root }: Tree): number {
  // Of all pages but the meta page, about one in as many as a pivot page points at is no leaf.
  const leaves = Math.max(1, Math.ceil((blocks - 1) / (1 + 1 / fanout(pivot))));
  const most = root === "built" ? fanout(pivot) : Math.floor((BLOCK_BYTES - PAGE_HEADER - SPECIAL_SPACE) / (pivot + LINE_POINTER));
  let height = 0;
  for (let level = leaves; level > 1; height += 1) level = level <= most ? 1 : Math.ceil(level / fanout(pivot));
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
export function indexSize(oid: number, index: Index, rows: number | undefined, pivot: (entries: number) => number): IndexSize {
  const density = index.tuples / Math.max(1, index.pages - 1);
  const counted = Math.max(0, Math.round(density * Math.max(0, index.blocks - 1)));
  const tuples = rows === undefined || index.where === undefined ? rows : Math.min(counted, rows);
  // The index of a key is made with its table and grows with it; another is mostly built over rows that are there.
  const root = index.constraint ? "grown" : "built";
  const height = index.method === "btree" ? treeHeight({ blocks: index.blocks, pivot: pivot(tuples ?? index.tuples), root }) : undefined;
  return { oid, blocks: index.blocks, tuples, height };
}

/** Blocks that so many rows of this width (bytes) would fill, freshly loaded. */
export const blocksOfTable = (rows: number, width: number) =>
  Math.ceil((rows * (alignUp(width) + HEAP_TUPLE_HEADER + LINE_POINTER)) / (BLOCK_BYTES - PAGE_HEADER));

/** Blocks of a B-tree with so many entries of this width, each value once. */
export function blocksOfIndex(rows: number, width: number): number {
  const room = (BLOCK_BYTES - PAGE_HEADER - SPECIAL_SPACE) * LEAF_FILL;
  return treeOver(Math.max(1, Math.ceil((rows * (pivotOf(width) + LINE_POINTER)) / room)), pivotOf(width)).blocks;
}
