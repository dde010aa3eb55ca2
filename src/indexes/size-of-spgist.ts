import { BLOCK_BYTES } from "../twin/sizes.ts";
import type { Reckoned } from "./sized.ts";
import { alignedBytes, widthsOf } from "./sized-columns.ts";
import type { ColumnFacts } from "./sized-facts.ts";

/** Page header of 24, special space of 8 bytes. */
const ROOM = BLOCK_BYTES - 32;
const LINE_POINTER = 4;
/** `SGLTHDRSZ` in src/include/access/spgist_private.h. */
const TUPLE_HEADER = 16;
/** The meta page, the root, and the root of the nulls. */
const FIXED_PAGES = 3;
/** `SPGIST_DEFAULT_FILLFACTOR`, less a page in sixteen for inner tuples. */
const FILL = 0.8 * (15 / 16);

/** Leaf tuples that hang together, and letters that each parts them by: a leaf page has room for a few hundred. */
const HANGING_TOGETHER = 100;
const BRANCHES = 16;

export async function sizeOfSpgist(reckoned: Reckoned): Promise<number> {
  const { facts, rows } = reckoned;
  const columns: (readonly number[])[] = [];
  for (const [position, column] of facts.columns.entries()) {
    const told = position === 0 && column.operators === "text_ops" ? prefixOf(column, rows) : 0;
    columns.push((await widthsOf(column, reckoned)).map((width) => Math.max(1, width - told)));
  }
  const tuple = alignedBytes(TUPLE_HEADER, columns);
  const pages = (rows * (tuple + LINE_POINTER)) / (ROOM * FILL);
  return FIXED_PAGES + (pages <= 1 ? 0 : Math.ceil(pages));
}

/**
 * Letters of a text that the tree has told before it comes to a leaf (src/backend/access/spgist/spgtextproc.c): those that neighbours in
 * the histogram share, one that parts them, and as many more as part the rows between the two.
 */
function prefixOf({ seen }: ColumnFacts, rows: number): number {
  const bounds = (seen?.bounds ?? []).map(({ text }) => text);
  const between = Math.max(0, Math.log(rows / Math.max(1, bounds.length) / HANGING_TOGETHER) / Math.log(BRANCHES));
  const shared = bounds.slice(1).map((text, position) => {
    const other = bounds[position] ?? "";
    let letters = 0;
    while (letters < text.length && text[letters] === other[letters]) letters += 1;
    return Math.min(text.length, letters + 1 + between);
  });
  return shared.length === 0 ? 0 : shared.reduce((sum, letters) => sum + letters, 0) / shared.length;
}
