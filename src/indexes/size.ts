/**
 * How many blocks a freshly built B-tree takes, by the arithmetic of the build itself (`_bt_buildadd` and `_bt_load` in
 * src/backend/access/nbtree/nbtsort.c, `_bt_dedup_save_htid` in nbtdedup.c), with the default fill factor.
 */
const BLOCK = 8192;
/** Header of 24 bytes, special space of 16. */
const USABLE = BLOCK - 40;
const LINE_POINTER = 4;
/** Row identifier: block and offset. */
const TID = 6;
const TUPLE_HEADER = 8;
/** Of a single key that is null: the header and a bitmap of 32 bits, aligned. */
const NULL_TUPLE = 16;
/** `BTREE_DEFAULT_FILLFACTOR` 90 and `BTREE_NONLEAF_FILLFACTOR` 70, as the bytes that are left free. */
const LEAF_FREE = Math.floor(BLOCK * 0.1);
const INNER_FREE = Math.floor(BLOCK * 0.3);
/** A build merges equal keys into a tuple of at most a tenth of a block. */
const LARGEST_POSTING = alignDown(Math.floor(BLOCK / 10)) - LINE_POINTER;

/** About as many rows share one tuple at most. */
const MOST_TIDS = Math.floor((LARGEST_POSTING - 16) / TID);

export interface KeyColumn {
  /** Bytes that every value takes; undefined where it varies. */
  readonly length: number | undefined;
  /** Bytes that a value of fixed length starts at a multiple of. */
  readonly align: number;
  /** Bytes of the mean value, its length word included. */
  readonly width: number;
  /** Of a sample of values, if there is one: the mean alone does not say how much alignment adds. */
  readonly widths: readonly number[];
}

/** Keys that occur about equally often. */
export interface Group {
  readonly keys: number;
  readonly rows: number;
  readonly isNull: boolean;
}

interface Tree {
  readonly columns: readonly KeyColumn[];
  readonly groups: readonly Group[];
  /** How many values the first column has, the first two together, and so on. */
  readonly distinct: readonly number[];
  /** Its types let equal keys share a tuple (https://www.postgresql.org/docs/current/btree.html#BTREE-DEDUPLICATION). */
  readonly deduplicates: boolean;
}

export interface TreeSize {
  /** The meta page, the leaves and every level above them. */
  readonly blocks: number;
  /** Levels below the root. */
  readonly height: number;
}

export function sizeOfTree(tree: Tree): TreeSize {
  const { columns, groups, deduplicates } = tree;
  const isFixed = columns.every(({ length }) => length !== undefined);
  const leaves = groups.reduce((sum, group) => {
    const tuple = group.isNull ? NULL_TUPLE : tupleBytes(columns);
    return sum + (deduplicates ? postingPages(group, tuple, isFixed) : group.rows / perLeaf({ tuple, posting: 0, isFixed }));
  }, 0);
  const fanout = Math.max(2, Math.floor((USABLE - 2 * LINE_POINTER - INNER_FREE) / (pivotBytes(tree) + LINE_POINTER)));
  let level = Math.max(1, Math.ceil(leaves));
  let blocks = 1 + level;
  let height = 0;
  for (; level > 1; height += 1) {
    level = Math.ceil(level / fanout);
    blocks += level;
  }
  return { blocks, height };
}

/**
 * The mean tuple above the leaves. It keeps only the columns that tell two neighbours apart (`_bt_truncate` in nbtutils.c),
 * and where none does, all of them and the row identifier.
 */
function pivotBytes({ columns, groups, distinct, deduplicates }: Tree): number {
  const tuples = groups.reduce((sum, { keys, rows }) => sum + (deduplicates ? Math.max(keys, rows / MOST_TIDS) : rows), 0);
  const told = distinct.map((values) => Math.min(1, values / Math.max(1, tuples)));
  return columns.reduce(
    (bytes, _, position) => {
      const share = (told[position] ?? 1) - (told[position - 1] ?? 0);
      return bytes + Math.max(0, share) * tupleBytes(columns.slice(0, position + 1));
    },
    (1 - (told.at(-1) ?? 1)) * (tupleBytes(columns) + alignUp(TID)),
  );
}

/** A page is full when less than a tenth is free; its last tuple then moves on to the next and leaves its key behind as the high key. */
function perLeaf({ tuple, posting, isFixed }: { tuple: number; posting: number; isFixed: boolean }): number {
  const soft = USABLE - 2 * LINE_POINTER + posting - LEAF_FREE;
  const hard = USABLE - 2 * LINE_POINTER - tuple - 8;
  const fitting = Math.min(soft, Math.max(hard, tuple)) / (tuple + LINE_POINTER);
  // Where widths vary, half a tuple is lost at the end of a page on average.
  return Math.max(1, isFixed ? Math.floor(fitting) : fitting - 0.5);
}

function postingPages({ keys, rows }: Group, tuple: number, isFixed: boolean): number {
  const most = Math.max(1, Math.floor((alignDown(LARGEST_POSTING) - tuple) / TID));
  const each = rows / Math.max(1, keys);
  const full = Math.floor(each / most);
  const fullPages = (keys * full) / perLeaf({ tuple: alignUp(tuple + most * TID), posting: most * TID, isFixed: true });
  const rest = each - full * most;
  return rest <= 0 ? fullPages : fullPages + restPages({ keys, rest, tuple, isFixed });
}

/** The last tuple of each key. A mean of 2.4 rows a key is taken as some keys of two and some of three. */
function restPages({ keys, rest, tuple, isFixed }: { keys: number; rest: number; tuple: number; isFixed: boolean }): number {
  const few = Math.floor(rest);
  const share = rest - few;
  const pages = (rows: number) =>
    rows === 0
      ? 0
      : 1 / perLeaf({ tuple: rows === 1 ? tuple : alignUp(tuple + rows * TID), posting: rows === 1 ? 0 : rows * TID, isFixed });
  return keys * (pages(few) * (1 - share) + pages(few + 1) * share);
}

function tupleBytes(columns: readonly KeyColumn[]): number {
  const [only, ...more] = columns.filter(({ length }) => length === undefined);
  if (!only) return alignUp(TUPLE_HEADER + dataBytes(columns, 0));
  if (more.length === 0 && only.widths.length > 0) {
    return only.widths.reduce((sum, width) => sum + alignUp(TUPLE_HEADER + dataBytes(columns, width)), 0) / only.widths.length;
  }
  // Alignment to eight adds 3.5 bytes to lengths of every kind, on average.
  return TUPLE_HEADER + dataBytes(columns, only.width) + 3.5;
}

/** A short varlena is not aligned. `varying`: bytes of the first column whose length varies. */
function dataBytes(columns: readonly KeyColumn[], varying: number): number {
  let isFirst = true;
  return columns.reduce((bytes, { length, align, width }) => {
    if (length !== undefined) return Math.ceil(bytes / align) * align + length;
    const own = isFirst ? varying : width;
    isFirst = false;
    return bytes + own;
  }, 0);
}

function alignUp(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

function alignDown(bytes: number): number {
  return Math.floor(bytes / 8) * 8;
}
