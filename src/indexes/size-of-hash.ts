import { BLOCK_BYTES } from "../twin/sizes.ts";
import type { Reckoned } from "./sized.ts";
import { spreadOf } from "./sized-columns.ts";
import type { Group } from "./sized-spread.ts";

/** Tuple header of 8, the hash aligned to 8, line pointer of 4 bytes. */
const ITEM = 20;
/** Page header of 24, special space of 16 bytes. */
const PER_PAGE = Math.floor((BLOCK_BYTES - 40) / ITEM);
/** `HASH_DEFAULT_FILLFACTOR` in src/include/access/hash.h, percent. */
const FILL = 75;
/** `HASH_SPLITPOINT_GROUPS_WITH_ONE_PHASE`, and `HASH_SPLITPOINT_PHASES_PER_GRP` of the later ones. */
const SIMPLE_GROUPS = 10;
const PHASES = 4;

/**
 * The meta page, the buckets, a bitmap of overflow pages, and the overflow pages of buckets that got more than a page of hashes
 * (`_hash_init_metabuffer` in src/backend/access/hash/hashpage.c). Buckets are counted for all rows of the table, even for a partial index.
 */
export async function sizeOfHash(reckoned: Reckoned): Promise<number> {
  const { facts, rows, tableRows } = reckoned;
  const [column] = facts.columns;
  const perBucket = Math.max(10, Math.floor((BLOCK_BYTES * Number(facts.options.fillfactor ?? FILL)) / 100 / ITEM));
  const buckets = bucketsFor(Math.max(tableRows, rows) / perBucket);
  // Nulls are not in it.
  const groups = column ? (await spreadOf(column, reckoned)).filter(({ nulls }) => nulls.length === 0) : [];
  return 1 + buckets + 1 + Math.round(overflowPages(groups, buckets));
}

/** Buckets come in whole phases: powers of two, from 512 on in four steps to the next power (`_hash_spareindex` in hashutil.c). */
function bucketsFor(wanted: number): number {
  const least = Math.floor(wanted);
  if (wanted <= 2) return 2;
  const group = Math.ceil(Math.log2(least));
  if (group < SIMPLE_GROUPS) return 2 ** group;
  const step = 2 ** (group - 1) / PHASES;
  return Math.ceil(least / step) * step;
}

/** Keys fall on buckets at random; one that fills a page alone is looked at by itself. */
function overflowPages(groups: readonly Group[], buckets: number): number {
  const heavy = groups.filter(({ keys, rows }) => rows >= PER_PAGE && keys < buckets);
  const light = groups.filter((group) => !heavy.includes(group));
  const mean = light.reduce((sum, { keys, rows }) => sum + keys * rows, 0) / buckets;
  const deviation = Math.sqrt(light.reduce((sum, { keys, rows }) => sum + keys * rows ** 2, 0) / buckets);
  const hit = heavy.reduce((sum, { keys }) => sum + keys, 0);
  const pages = heavy.reduce((sum, { keys, rows }) => sum + keys * pagesBeyondFirst(mean + rows, deviation), 0);
  return pages + Math.max(0, buckets - hit) * pagesBeyondFirst(mean, deviation);
}

/** Expected, for a bucket of so many hashes give or take: the chances that it has more than a page, two pages, and so on. */
function pagesBeyondFirst(mean: number, deviation: number): number {
  const sure = Math.max(0, Math.floor((mean - 5 * deviation) / PER_PAGE));
  let pages = sure;
  for (let full = sure + 1; full * PER_PAGE < mean + 5 * deviation; full += 1) pages += above(full * PER_PAGE, mean, deviation);
  return pages;
}

/** The normal distribution's upper tail, by its logistic approximation (Bowling et al., 2009). */
function above(bound: number, mean: number, deviation: number): number {
  const z = (mean - bound) / Math.max(deviation, 1e-9);
  return 1 / (1 + Math.exp(-(0.07056 * z ** 3 + 1.5976 * z)));
}
