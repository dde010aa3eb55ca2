/** How many rows the values have that ANALYZE did not list, where some have far more than others. */
import { type Group, keysOf, merged } from "./sized-spread.ts";

export interface Sampled {
  /** That have a value, of the whole table. */
  readonly rows: number;
  /** Of those, that ANALYZE looked at. */
  readonly looked: number;
  /** Values, as it reckoned from what it saw. */
  readonly distinct: number;
  /** Values that are not listed, if all of them had as many rows. */
  readonly even: number;
  /** Shares of the rows that its most common values have, the largest first. */
  readonly listed: readonly number[];
  /** Of its histogram, where these are numbers. */
  readonly bounds: readonly number[];
}

/** Possible values, and the share of the rows that each of them has. */
interface Cell {
  readonly values: number;
  readonly share: number;
}

/** Fewer listed values say nothing of the others. */
const LEAST_LISTED = 5;
/** Powers by which frequencies fall with the rank: below the first nearly even; the last so steep that hardly any value is left. */
const POWERS = { least: 0.25, most: 2 };
const CELLS = 16;
const STEPS = 24;
/** Distances between bounds differ by chance too, and make the values this part more. */
const CHANCE = 0.02;
/** What fits tells as many values as ANALYZE did, but for this part. */
const FITS = 0.02;

/**
 * The values that are not listed. Two spreads are tried, each as skewed as it must be for ANALYZE to tell as many values as it did: one whose
 * frequencies go on to fall with the rank as they end in the list, by a power law, and one where a value is met as often as there are few of
 * them between two bounds of the histogram. What has more values takes the skew into account that the other misses. Undefined: neither fits.
 */
export function skewed(sampled: Sampled): readonly Group[] | undefined {
  const [ranked, bounded] = [byRank(sampled), byBounds(sampled)].map((cells) => cells && occurring(cells, sampled.rows));
  const least = Math.max(ranked ? keysOf(ranked) : 0, sampled.even * (1 + CHANCE));
  return bounded && keysOf(bounded) > least ? bounded : ranked;
}

/** Rows fall on values at random: some get none. */
function occurring(cells: readonly Cell[], rows: number): readonly Group[] {
  const groups = cells.map(({ values, share }): Group => {
    const met = -Math.expm1(-share * rows);
    return { keys: values * met, rows: Math.max(1, (share * rows) / met), nulls: [] };
  });
  return merged(groups.filter(({ keys }) => keys > 1e-6));
}

/** What ANALYZE would tell, by Haas and Stokes' Duj1 (`compute_scalar_stats` in src/backend/commands/analyze.c). */
function told(cells: readonly Cell[], { rows, looked, listed }: Sampled): number {
  let seen = listed.length;
  let once = 0;
  for (const { values, share } of cells) {
    const rate = share * looked;
    const none = Math.exp(-rate);
    seen += values * (1 - none);
    once += values * rate * none;
  }
  return (looked * seen) / (looked - once + (once * looked) / rows);
}

const fits = (cells: readonly Cell[], sampled: Sampled) => Math.abs(told(cells, sampled) / sampled.distinct - 1) < FITS;

/** The steeper the frequencies fall, the more values are left for the same rows. */
function byRank(sampled: Sampled): readonly Cell[] | undefined {
  if (sampled.listed.length < LEAST_LISTED) return undefined;
  let [low, high] = [POWERS.least, POWERS.most];
  for (let step = 0; step < STEPS; step += 1) {
    const power = (low + high) / 2;
    const cells = fallingBy(power, sampled);
    if (cells && told(cells, sampled) < sampled.distinct) low = power;
    else high = power;
  }
  const cells = fallingBy(low, sampled);
  return cells && fits(cells, sampled) ? cells : undefined;
}

/**
 * Of the rank r, r to the minus this power, from the last that is listed on until the rows are used up. A value that is listed because it was
 * seen c times in the sample must be expected less often than that: as many others would be listed in its place if they had been as lucky. Over
 * all ranks, P(X >= c) of Poisson's law comes to rank (a / g)^(1 / power), g of the gamma distribution of c: hence the mean of g^(-1 / power).
 */
function fallingBy(power: number, { listed, looked }: Sampled): readonly Cell[] | undefined {
  const last = listed.length;
  const seen = (listed.at(-1) ?? 0) * looked;
  const first = (seen - (1 / power + 1) / 2) / looked;
  const rest = 1 - listed.reduce((sum, share) => sum + share, 0);
  // Where the power is 1, a logarithm.
  const less = Math.abs(1 - power) < 1e-3 ? 1e-3 : 1 - power;
  const grown = 1 + (rest * less) / (first * last);
  if (first <= 0 || grown <= 0) return undefined;
  const step = grown ** (1 / less / CELLS);
  if (!(step > 1 && last * step ** CELLS < 1e12)) return undefined;
  return Array.from({ length: CELLS }, (_, cell) => {
    const from = last * step ** cell;
    const values = from * (step - 1);
    const mass = (first * last * (step ** ((cell + 1) * less) - step ** (cell * less))) / less;
    return { values, share: mass / values };
  });
}

/** As many rows lie between each two bounds, and values are as dense everywhere. Distances of about the same length are counted as one. */
function byBounds(sampled: Sampled): readonly Cell[] | undefined {
  const widths = sampled.bounds.slice(1).map((bound, position) => bound - (sampled.bounds[position] ?? bound));
  if (widths.length === 0 || !widths.every((width) => width > 0 && Number.isFinite(width))) return undefined;
  const share = (1 - sampled.listed.reduce((sum, each) => sum + each, 0)) / widths.length;
  const each = Math.ceil(widths.length / CELLS);
  const sorted = widths.sort((one, other) => one - other);
  const parts = Array.from({ length: Math.ceil(sorted.length / each) }, (_, part) => {
    const own = sorted.slice(part * each, (part + 1) * each);
    return { width: own.reduce((sum, width) => sum + width, 0), mass: share * own.length };
  });
  const cellsAt = (density: number) => parts.map(({ width, mass }) => ({ values: width * density, share: mass / (width * density) }));
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  let [low, high] = [1 / width, (100 * sampled.rows) / width];
  for (let step = 0; step < STEPS; step += 1) {
    const density = Math.sqrt(low * high);
    if (told(cellsAt(density), sampled) < sampled.distinct) low = density;
    else high = density;
  }
  const cells = cellsAt(low);
  return fits(cells, sampled) ? cells : undefined;
}
