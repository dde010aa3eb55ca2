import type { Index } from "../catalog/indexes.ts";
import type { Table } from "../catalog/tables.ts";
import { unquote } from "../sql/quote.ts";
import { alignUp, BLOCK_BYTES, INDEX_TUPLE_HEADER, treeOver } from "../twin/sizes.ts";
import { type StoredColumn, type Width, widthOf } from "./columns.ts";

const PAGE_HEADER = 24;
const SPECIAL_SPACE = 16;
const LINE_POINTER = 4;
/** `SizeofHeapTupleHeader`, bytes, before the bitmap of nulls. */
const TUPLE_HEADER = 23;
/** `MaxHeapTuplesPerPage` for blocks of 8192 bytes. */
const MOST_TUPLES = 291;
/** Block and offset of a row. */
const TID = 6;
/** Of a leaf that a build fills (`BTREE_DEFAULT_FILLFACTOR`), and row identifiers that one tuple of equal keys holds at most. */
const [LEAF_FILL, MOST_TIDS] = [0.9, 130];

/** What has varying length ends anywhere, and the next begins at a multiple of 8. */
const aligned = ({ bytes, exact }: Width) => (exact ? alignUp(bytes) : bytes + 3.5);

/** Blocks of a heap with so many rows and no dead ones (https://www.postgresql.org/docs/current/storage-page-layout.html). */
export function heapBlocks(table: Table, columns: readonly StoredColumn[], rows: number): number {
  if (rows === 0) return 0;
  const width = widthOf(columns);
  const withNulls = 1 - columns.reduce((product, { nulls }) => product * (1 - nulls), 1);
  const bitmap = alignUp(TUPLE_HEADER + Math.ceil(columns.length / 8)) - alignUp(TUPLE_HEADER);
  const tuple = alignUp(TUPLE_HEADER) + withNulls * bitmap + aligned(width) + LINE_POINTER;
  const fill = Number(table.options.map((option) => /^fillfactor=(\d+)$/.exec(option)?.[1]).find(Boolean) ?? 100) / 100;
  const room = BLOCK_BYTES * fill - PAGE_HEADER;
  // On average half a row does not fit at the end.
  const perPage = width.exact && withNulls === 0 ? Math.floor(room / tuple) : room / tuple - 0.5;
  return Math.ceil(rows / Math.min(MOST_TUPLES, Math.max(1, perPage)));
}

interface Held {
  readonly columns: readonly StoredColumn[];
  /** Of the table. */
  readonly rows: number;
  /** Share of the rows that a partial index holds. */
  readonly share: number;
}

/** Blocks of a B-tree freshly built; undefined of any other kind, and where an expression is a key. */
export function treeBlocks(index: Index, { columns, rows, share }: Held): number | undefined {
  const held = [...index.keys, ...index.include].map((key) => columns.find(({ name }) => name === unquote(key)));
  if (index.method !== "btree" || held.includes(undefined)) return undefined;
  const keys = held.flatMap((column) => column ?? []);
  const entries = Math.max(1, rows * share);
  const nullable = keys.some(({ nulls }) => nulls > 0);
  const tuple = aligned(widthOf(keys)) + (nullable ? alignUp(INDEX_TUPLE_HEADER + 4) : INDEX_TUPLE_HEADER);
  const distinct = index.unique || index.include.length > 0 || !keys.every(({ merges }) => merges) ? entries : distinctOf(keys, entries);
  const tuples = Math.max(distinct, entries / MOST_TIDS);
  const bytes = tuples * (tuple + LINE_POINTER) + (entries > distinct ? entries * TID : 0);
  const room = (BLOCK_BYTES - PAGE_HEADER - SPECIAL_SPACE) * LEAF_FILL - tuple - LINE_POINTER;
  return treeOver(Math.max(1, Math.ceil(bytes / room)), alignUp(tuple)).blocks;
}

/** As many as there could be, if columns have nothing to do with each other. Of what nobody looked at each value is taken to be another. */
function distinctOf(keys: readonly StoredColumn[], entries: number): number {
  const of = ({ distinct, nulls }: StoredColumn) =>
    distinct === undefined || distinct === 0 ? entries : (distinct < 0 ? -distinct * entries : distinct) + (nulls > 0 ? 1 : 0);
  return Math.min(
    entries,
    keys.reduce((product, key) => product * of(key), 1),
  );
}
