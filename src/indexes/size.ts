/**
 * How many blocks a freshly built B-tree takes, by the arithmetic of the build itself (`_bt_buildadd` and `_bt_load` in
 * src/backend/access/nbtree/nbtsort.c, `_bt_dedup_save_htid` in nbtdedup.c, `_bt_truncate` in nbtutils.c).
 */
import { alignUp, BLOCK_BYTES, treeOver } from "../twin/sizes.ts";
import type { Bytes, Group } from "./sized-spread.ts";

/** Header of 24 bytes, special space of 16. */
const USABLE = BLOCK_BYTES - 40;
const LINE_POINTER = 4;
/** Row identifier: block and offset. */
const TID = 6;
/** `BTREE_DEFAULT_FILLFACTOR` in src/include/access/nbtree.h, percent. */
const FILL = 90;
/** A build merges equal keys into a tuple of at most a tenth of a block, aligned. */
const LARGEST_POSTING = 808;
/** About as many rows share one tuple at most. */
const MOST_TIDS = Math.floor((LARGEST_POSTING - 16) / TID);
/** Keys with more rows than this are taken to have just the mean of them. */
const FEW_ROWS = 40;

/** Keys of one kind, with the bytes of their tuples, aligned. */
export interface SizedGroup extends Group {
  readonly tuples: readonly Bytes[];
}

interface Tree {
  readonly groups: readonly SizedGroup[];
  /** The first key column, the first two together, and so on: how many values there are, and bytes of a tuple of just these. */
  readonly prefixes: readonly { readonly distinct: number; readonly bytes: number }[];
  /** Equal keys share a tuple (https://www.postgresql.org/docs/current/btree.html#BTREE-DEDUPLICATION). */
  readonly deduplicates: boolean;
  /** The storage parameter, percent. */
  readonly fillFactor: number | undefined;
}

export function sizeOfTree({ groups, prefixes, deduplicates, fillFactor = FILL }: Tree) {
  const free = Math.floor((BLOCK_BYTES * (100 - fillFactor)) / 100);
  const leaves = groups.reduce((sum, group) => {
    if (deduplicates) return sum + postingPages(group, free);
    return sum + (group.keys * group.rows) / perLeaf(group.tuples.map(plain), free);
  }, 0);
  const tuples = groups.reduce((sum, { keys, rows }) => sum + keys * (deduplicates ? Math.max(1, rows / MOST_TIDS) : rows), 0);
  return treeOver(Math.max(1, Math.ceil(leaves)), pivotBytes(prefixes, tuples));
}

/**
 * The mean tuple above the leaves. It keeps only the columns that tell two neighbours apart, and where none does, all of them and the row identifier.
 */
function pivotBytes(prefixes: Tree["prefixes"], tuples: number): number {
  let told = 0;
  let bytes = 0;
  for (const prefix of prefixes) {
    const share = Math.max(told, Math.min(1, prefix.distinct / Math.max(1, tuples)));
    bytes += (share - told) * prefix.bytes;
    told = share;
  }
  return bytes + (1 - told) * ((prefixes.at(-1)?.bytes ?? 0) + alignUp(TID));
}

/** A tuple with the row identifiers of several rows, or of one. `posting`: bytes of them. */
interface Tuple extends Bytes {
  readonly posting: number;
}

const plain = (size: Bytes): Tuple => ({ ...size, posting: 0 });

/**
 * Tuples of one kind on a leaf. A page is full once less than the fill factor leaves is free; its last tuple then moves on to
 * the next and leaves its key behind as the high key. Where sizes vary, a renewal process tells how many fit (Cox, Renewal
 * Theory, 1962): half a mean tuple is lost at the end, less half the squared coefficient of variation.
 */
function perLeaf(tuples: readonly Tuple[], free: number): number {
  const mean = weigh(tuples, ({ bytes }) => bytes + LINE_POINTER);
  const square = weigh(tuples, ({ bytes }) => (bytes + LINE_POINTER) ** 2);
  const posting = weigh(tuples, (tuple) => tuple.posting * (tuple.bytes + LINE_POINTER)) / mean;
  const soft = USABLE - 2 * LINE_POINTER - free + posting;
  const hard = USABLE - 2 * LINE_POINTER - mean - 4;
  const room = Math.min(soft, Math.max(hard, mean));
  const [first] = tuples;
  const isEven = tuples.every(({ bytes }) => bytes === first?.bytes);
  return Math.max(1, isEven ? Math.floor(room / mean) : room / mean - 1 + square / mean ** 2 / 2);
}

function weigh(tuples: readonly Tuple[], value: (tuple: Tuple) => number): number {
  return tuples.reduce((sum, tuple) => sum + tuple.share * value(tuple), 0) / tuples.reduce((sum, { share }) => sum + share, 0);
}

function postingPages({ keys, rows, tuples }: SizedGroup, free: number): number {
  if (rows > FEW_ROWS) {
    const runs = tuples.flatMap(({ bytes, share }) => posted(bytes, rows).map((tuple) => ({ ...tuple, share: tuple.share * share })));
    return keys * runs.reduce((sum, run) => sum + run.share / perLeaf([run], free), 0);
  }
  const counts = rows < 1.001 ? [1] : countsAround(rows);
  const mixed = counts.flatMap((often, position) =>
    tuples.flatMap(({ bytes, share }) => posted(bytes, position + 1).map((tuple) => ({ ...tuple, share: tuple.share * share * often }))),
  );
  return (keys * mixed.reduce((sum, { share }) => sum + share, 0)) / perLeaf(mixed, free);
}

/** The tuples of one key: as many full ones as its rows fill, and a last one with the rest. `share`: how many. */
function posted(bytes: number, rows: number): readonly Tuple[] {
  const most = Math.max(1, Math.floor((LARGEST_POSTING - bytes) / TID));
  const full = Math.floor(rows / most);
  const tuple = (count: number, share: number): Tuple =>
    count <= 1 ? { bytes, share, posting: 0 } : { bytes: alignUp(bytes + count * TID), share, posting: count * TID };
  const rest = rows - full * most;
  return [...(full > 0 ? [tuple(most, full)] : []), ...(rest > 0 ? [tuple(rest, 1)] : [])];
}

/**
 * Shares of the keys that have one row, two, three... if rows fall on keys at random, that is, by Poisson's law without the
 * keys that got none. The rate that gives this mean is found by halving.
 */
export function countsAround(mean: number): readonly number[] {
  let [low, high] = [0, mean];
  for (let step = 0; step < 24; step += 1) {
    const rate = (low + high) / 2;
    if (rate / -Math.expm1(-rate) < mean) low = rate;
    else high = rate;
  }
  let share = (low * Math.exp(-low)) / -Math.expm1(-low);
  return Array.from({ length: Math.ceil(mean + 6 * Math.sqrt(mean) + 2) }, (_, position) => {
    const own = share;
    share *= low / (position + 2);
    return own;
  });
}
