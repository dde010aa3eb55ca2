import { alignUp, BLOCK_BYTES } from "../twin/sizes.ts";
import type { Reckoned } from "./sized.ts";
import type { ColumnFacts } from "./sized-facts.ts";

/** Page header of 24, special space of 8 bytes. */
const ROOM = BLOCK_BYTES - 32;
const LINE_POINTER = 4;
const TID = 6;
/** `offsetof(HnswElementTupleData, data)` and `offsetof(HnswNeighborTupleData, indextids)` in pgvector's src/hnsw.h. */
const ELEMENT_HEADER = 72;
const NEIGHBOURS_HEADER = 4;
/** `HNSW_DEFAULT_M`. */
const NEIGHBOURS = 16;
/** `IVFFLAT_DEFAULT_LISTS` in src/ivfflat.h, and `offsetof(IvfflatListData, center)`. */
const LISTS = 100;
const LIST_HEADER = 8;
const TUPLE_HEADER = 8;
/** Elements whose pages are laid out one by one; more would tell the same mean. */
const LAID_OUT = 10_000;

/**
 * The meta page, then for each row its vector and beside it the places of its neighbours: twice `m` on the ground layer and `m` on
 * each above, where one element in `m` of the layer below goes (`CreateGraphPages` in pgvector's src/hnswbuild.c).
 */
export function sizeOfHnsw({ facts, rows }: Reckoned): number {
  const [column] = facts.columns;
  const m = Number(facts.options.m ?? NEIGHBOURS);
  const element = alignUp(ELEMENT_HEADER + (column ? vectorBytes(column) : 0));
  const neighbours = (level: number) => alignUp(NEIGHBOURS_HEADER + TID * (level + 2) * m);
  const filled = rows * (1 - (column?.seen?.nulls ?? 0));
  const count = Math.min(LAID_OUT, Math.round(filled));
  if (count === 0) return 2;
  let pages = 1;
  let free = ROOM;
  for (let number = 1; number <= count; number += 1) {
    const beside = neighbours(levelOf(number, m));
    const both = element + LINE_POINTER + beside + LINE_POINTER;
    if (free < element + LINE_POINTER || (both <= ROOM && free < both)) {
      pages += 1;
      free = ROOM;
    }
    free -= element + LINE_POINTER;
    if (free < beside + LINE_POINTER) {
      pages += 1;
      free = ROOM;
    }
    free -= beside + LINE_POINTER;
  }
  return 1 + Math.ceil((pages * filled) / count);
}

/** Every m-th element goes up a layer, every m-th of those another: as many as chance sends there on average. */
function levelOf(number: number, m: number): number {
  let level = 0;
  for (let left = number; left % m === 0; left /= m) level += 1;
  return level;
}

/** The meta page, the centres of the lists, and of each list its own pages (`CreateListPages` and `InsertTuples` in pgvector's src/ivfbuild.c). */
export function sizeOfIvfflat({ facts, rows }: Reckoned): number {
  const [column] = facts.columns;
  const lists = Number(facts.options.lists ?? LISTS);
  const vector = column ? vectorBytes(column) : 0;
  const perPage = (bytes: number) => Math.max(1, Math.floor(ROOM / (alignUp(bytes) + LINE_POINTER)));
  const filled = rows * (1 - (column?.seen?.nulls ?? 0));
  // The last page of a list is half full on average.
  const pages = Math.max(lists, filled / perPage(TUPLE_HEADER + vector) + lists / 2);
  return 1 + Math.ceil(lists / perPage(LIST_HEADER + vector)) + Math.round(pages);
}

/** A length word of 4 bytes, dimensions and a spare 2 each, and the numbers (`Vector` in pgvector's src/vector.h, `HalfVector`, Postgres's own `VarBit`). */
function vectorBytes({ takes, modifier, seen }: ColumnFacts): number {
  const type = takes.split(".").at(-1);
  const bits = { vector: 32, halfvec: 16, bit: 1 }[type ?? ""];
  return bits === undefined || modifier <= 0 ? (seen?.width ?? 0) : 8 + Math.ceil((modifier * bits) / 8);
}
