import { alignUp, BLOCK_BYTES } from "../twin/sizes.ts";
import type { Reckoned } from "./sized.ts";
import { spreadOf, widthsOf } from "./sized-columns.ts";
import { alignments, type ColumnFacts } from "./sized-facts.ts";
import { keysOf } from "./sized-spread.ts";

/** Page header of 24, special space of 8 bytes. */
const ROOM = BLOCK_BYTES - 32;
const LINE_POINTER = 4;
/** `SizeOfBrinTuple`, with or without a bitmap of nulls, aligned. */
const HEADER = 8;
/** `REVMAP_PAGE_MAXITEMS` in src/include/access/brin_page.h. */
const PER_REVMAP_PAGE = ROOM / 6;
/** `BRIN_DEFAULT_PAGES_PER_RANGE`. */
const PAGES_PER_RANGE = 128;
/** `offsetof(SerializedRanges, data)` in src/backend/access/brin/brin_minmax_multi.c, and its `MINMAX_MULTI_DEFAULT_VALUES_PER_PAGE`. */
const SERIALIZED_RANGES = 20;
const VALUES_PER_RANGE = 32;
/** `MaxHeapTuplesPerPage`. */
const ROWS_PER_PAGE = 291;

/** The meta page, the map from ranges to summaries, and the summaries (`brin_form_tuple` in src/backend/access/brin/brin_tuple.c). */
export async function sizeOfBrin(reckoned: Reckoned): Promise<number> {
  const { facts, tableBlocks } = reckoned;
  const pages = Number(facts.options.pages_per_range ?? PAGES_PER_RANGE);
  const ranges = Math.max(1, Math.ceil(tableBlocks / pages));
  let data = 0;
  for (const column of facts.columns) data += await summaryBytes(column, pages, reckoned);
  const perPage = Math.max(1, Math.floor(ROOM / (alignUp(HEADER + data) + LINE_POINTER)));
  return 1 + Math.ceil(ranges / PER_REVMAP_PAGE) + Math.ceil(ranges / perPage);
}

/** What is kept of one column in one range. */
async function summaryBytes(column: ColumnFacts, pages: number, reckoned: Reckoned): Promise<number> {
  const { align } = column;
  const operators = column.operators ?? "";
  const widths = await widthsOf(column, reckoned);
  const width = widths.reduce((sum, each) => sum + each, 0) / widths.length;
  const value = column.length > 0 ? Math.ceil(width / alignments[align]) * alignments[align] : width;
  if (operators.endsWith("_bloom_ops")) return bloomBytes(pages);
  if (operators.endsWith("_minmax_multi_ops")) return SERIALIZED_RANGES + width * (await valuesKept(column, pages, reckoned));
  // Of an inclusion: the union, and two booleans (brin_inclusion.c).
  if (operators.endsWith("_inclusion_ops")) return value + 2;
  return 2 * value;
}

/** Both ends of sixteen ranges, where the widest gaps are; two gaps side by side leave one value between them (`reduce_expanded_ranges` in brin_minmax_multi.c). */
async function valuesKept(column: ColumnFacts, pages: number, reckoned: Reckoned): Promise<number> {
  const { tableRows, tableBlocks } = reckoned;
  const distinct = keysOf(await spreadOf(column, reckoned));
  const values = Math.min(distinct, (pages * tableRows) / Math.max(1, tableBlocks));
  const gaps = VALUES_PER_RANGE / 2 - 1;
  return values <= VALUES_PER_RANGE ? values : VALUES_PER_RANGE - (gaps * (gaps - 1)) / values;
}

/** By `brin_bloom_get_ndistinct` and `bloom_init` in brin_bloom.c, with the defaults: a tenth of the rows that fit, one false hit in a hundred. */
function bloomBytes(pages: number): number {
  const distinct = Math.max(16, 0.1 * ROWS_PER_PAGE * pages);
  const bits = Math.ceil((-distinct * Math.log(0.01)) / Math.log(2) ** 2);
  return 16 + Math.ceil(bits / 8);
}
