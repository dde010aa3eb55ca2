/**
 * What ANALYZE would find of an expression, from a sample of the values that it has for values of its columns. A value is known only by
 * its place among the sampled ones: the values themselves stay in the twin.
 */

import { type Documented, isGuess } from "./expression-document.ts";
import { howMany } from "./sized-distinct.ts";

/** A value of the expression's column, or a row of its columns, and what the expression makes of it. */
export interface Point {
  /** One of the column's most common values or its null; from between the bounds of its histogram; one such value and its neighbour; a made-up row of several columns. */
  readonly kind: "common" | "bound" | "pair" | "row";
  /** Of the column's values in order, from 1; 0 is null. Means nothing for a row. */
  readonly from: number;
  /** Of the expression's values in order, from 1; 0 is null. */
  readonly to: number;
  /** Share of the table's rows; 0 for a neighbour. */
  readonly weight: number;
  /** Of a neighbour: of its partner, the same order as `from`. */
  readonly partner: number;
  /** Of a pair: how many such distances would fit between the bounds of the whole histogram. */
  readonly steps: number;
}

export interface Source {
  /** Rows that the index has entries for. */
  readonly rows: number;
  /** Different values of the column; of several, of all of them together. */
  readonly distinct: number;
  /** As ANALYZE has it, of the column; 0 for several. */
  readonly correlation: number;
  /** Values between two bounds of the histogram could be made up. */
  readonly isDense: boolean;
  /** Of an expression that takes something from a document. */
  readonly documented: Documented | undefined;
}

/** Values by their places. */
export interface Estimate {
  readonly nulls: number;
  /** As `stadistinct` of pg_statistic: below 0, a share of the rows; 0: nobody knows. */
  readonly distinct: number;
  readonly common: readonly { readonly place: number; readonly share: number }[];
  readonly bounds: readonly number[];
  readonly correlation: number;
  /** Of documents, so many values that all differ, and nothing else that tells how many there are. */
  readonly guessed?: number | undefined;
}

/** `default_statistics_target`: ANALYZE keeps as many most common values and bounds of an expression. */
const TARGET = 100;
/** Above a tenth of the rows, ANALYZE expects new values to come with new rows (`compute_scalar_stats` in src/backend/commands/analyze.c). */
const SCALES = 0.1;
/** A value is common if it is as much more frequent than the mean. */
const OFTEN = 1.25;
/** Sampled values that must agree to be believed: where the sample is even, its own steps would else be taken for frequencies. */
const AGREEING = { dense: 8, sparse: 3 };
/** Of the pairs at a distance that differ: above it, nearly every distance holds a change, and more of them cannot be told apart. */
const SATURATED = 0.7;

/** What the planner takes where nobody knows (`DEFAULT_NUM_DISTINCT` in src/include/utils/selfuncs.h). */
const UNKNOWN = 200;
/** Above it, of a sample, a coefficient of correlation is more than chance. */
const significant = (sampled: number) => 3 / Math.sqrt(sampled);

/** As ANALYZE tells of a column that has only nulls. */
const NOTHING: Estimate = { nulls: 1, distinct: 0, common: [], bounds: [], correlation: 0 };

interface Value {
  readonly place: number;
  weight: number;
  points: number;
  isCommon: boolean;
}

export function estimate(points: readonly Point[], source: Source): Estimate | undefined {
  const sampled = points.filter(({ kind }) => kind !== "pair");
  const total = sum(sampled.map(({ weight }) => weight));
  const follows = monotony(sampled.filter(({ kind, from, to }) => kind !== "row" && from !== 0 && to !== 0));
  const values = source.isDense ? valuesOf(sampled) : evened(valuesOf(sampled));
  if (total <= 0) return undefined;
  if (values.length === 0) return NOTHING;
  const nulls = sum(sampled.filter(({ to }) => to === 0).map(({ weight }) => weight)) / total;
  const known = distinctOf({ points, values, source, follows });
  const distinct = Math.max(1, Math.min(known ?? Math.max(UNKNOWN, values.length), source.rows * (1 - nulls)));
  const isWhole = known !== undefined && distinct <= values.length * WHOLE && values.length <= TARGET;
  const common = (isWhole ? values : commonOf(values, distinct, source)).map(({ place, weight }) => ({ place, share: weight / total }));
  const rest = values.filter(({ place }) => !common.some((each) => each.place === place));
  return {
    nulls,
    distinct: isWhole ? values.length : stored(known, distinct, source.rows),
    common: common.sort((one, other) => other.share - one.share),
    bounds: boundsOf(rest),
    correlation: correlationOf(sampled, values, source.correlation, follows),
    guessed: source.documented && isGuess(source.documented, values, distinct / (1 - nulls) / source.distinct) ? values.length : undefined,
  };
}

/** All values were seen, but for what the estimate is off by. */
const WHOLE = 1.1;

function stored(known: number | undefined, distinct: number, rows: number): number {
  if (known === undefined && distinct <= UNKNOWN) return 0;
  return distinct <= SCALES * rows ? Math.round(distinct) : -Math.min(1, distinct / rows);
}

function valuesOf(points: readonly Point[]): readonly Value[] {
  const values = new Map<number, Value>();
  for (const { to, weight, kind } of points) {
    if (to === 0) continue;
    const value = values.get(to) ?? { place: to, weight: 0, points: 0, isCommon: false };
    value.weight += weight;
    value.points += 1;
    value.isCommon ||= kind === "common";
    values.set(to, value);
  }
  return [...values.values()].sort((one, other) => one.place - other.place);
}

/** Where values that are all as frequent as each other would be sampled as unevenly as these were (by the chi-square test), they are taken to be so. */
function evened(values: readonly Value[]): readonly Value[] {
  const sampled = values.filter(({ isCommon }) => !isCommon);
  const [points, weight] = [sum(sampled.map((value) => value.points)), sum(sampled.map((value) => value.weight))];
  const mean = points / sampled.length;
  const free = sampled.length - 1;
  if (free < 1 || sum(sampled.map((value) => (value.points - mean) ** 2 / mean)) > free + 2 * Math.sqrt(2 * free)) return values;
  return values.map((value) => (value.isCommon ? value : { ...value, weight: weight / sampled.length }));
}

interface Sample {
  readonly points: readonly Point[];
  readonly values: readonly Value[];
  readonly source: Source;
  readonly follows: number;
}

/** Undefined where the sample does not tell. */
function distinctOf({ points, values, source, follows }: Sample): number | undefined {
  const between = points.filter(({ kind, to }) => (kind === "bound" || kind === "row") && to !== 0);
  if (between.length === 0) return values.length;
  const seen = countBy(between.map(({ to }) => to));
  const froms = new Set(between.map(({ from }) => from)).size;
  const others = values.length - seen.size;
  const left = Math.max(1, source.distinct - points.filter(({ kind, from }) => kind === "common" && from !== 0).length);
  if (froms >= left) return values.length;
  if (source.isDense) return others + steps(points, { seen: seen.size, sampled: froms, left });
  if (between.some(({ kind }) => kind === "row") && seen.size === froms) return source.distinct;
  if (source.documented) {
    const bounds = points.filter(({ kind }) => kind === "bound").length;
    // Documents are sorted by what stands first in them: of that, bounds are evenly spaced.
    const isRandom = Math.abs(follows) <= FOLLOWS;
    return others + howMany({ ...drawnBy(seen, between.length), rows: (left * between.length) / bounds, isRandom, ...source.documented });
  }
  const more = extrapolated(seen, between.length, left);
  // Bounds are evenly spaced: what follows their order meets no value twice that has less than the space between two.
  const isSpaced = Math.abs(follows) > FOLLOWS && more > 2 * seen.size && (seen.size < froms || isBlunt(points));
  return isSpaced ? undefined : others + more;
}

const FOLLOWS = 0.5;

/** What makes the same of a value and its neighbour does so with many. */
function isBlunt(points: readonly Point[]): boolean {
  const to = new Map(points.map((point) => [point.from, point.to]));
  const pairs = points.filter(({ kind, from, partner }) => kind === "pair" && from !== partner);
  return pairs.length > 0 && pairs.filter((pair) => pair.to === to.get(pair.partner)).length > pairs.length / 2;
}

/** The estimator of Haas and Stokes that ANALYZE uses for columns (`compute_scalar_stats`), over the different values of the column in place of rows. */
function extrapolated(seen: ReadonlyMap<number, number>, sampled: number, left: number): number {
  const { drawn, different, once } = drawnBy(seen, sampled);
  return Math.min(left, (drawn * different) / (drawn - once + (once * drawn) / left));
}

const drawnBy = (seen: ReadonlyMap<number, number>, drawn: number) => {
  return { drawn, different: seen.size, once: [...seen.values()].filter((times) => times === 1).length };
};

/**
 * How many values the expression has between the first and the last bound. Where it has fewer than were sampled, the sample saw them all;
 * else the share of neighbours that differ tells, at the largest distance at which some are the same.
 */
function steps(points: readonly Point[], { seen, sampled, left }: { seen: number; sampled: number; left: number }): number {
  if (seen <= sampled / 2) return seen;
  const to = new Map(points.map((point) => [point.from, point.to]));
  const pairs = points.filter(({ kind }) => kind === "pair");
  const distances = [...new Set(pairs.map(({ steps }) => Math.round(steps)))].sort((one, other) => one - other);
  for (const distance of distances) {
    const own = pairs.filter((pair) => Math.round(pair.steps) === distance && pair.from !== pair.partner);
    const share = own.filter((pair) => pair.to !== to.get(pair.partner)).length / own.length;
    if (own.length === 0 || share > SATURATED) continue;
    const there = Math.max(seen, share * distance);
    // Not every value that could be there is hit by one of the column's.
    return there * (1 - Math.exp(-left / there));
  }
  return left;
}

function commonOf(values: readonly Value[], distinct: number, { isDense }: Source): readonly Value[] {
  const least = isDense ? AGREEING.dense : AGREEING.sparse;
  const believed = values.filter((value) => value.isCommon || value.points >= least).sort((one, other) => other.weight - one.weight);
  let weight = sum(values.map((value) => value.weight));
  const common: Value[] = [];
  for (const value of believed.slice(0, TARGET)) {
    if (value.weight < (OFTEN * weight) / Math.max(1, distinct - common.length)) break;
    common.push(value);
    weight -= value.weight;
  }
  return common;
}

/** Each with about as many rows between it and the next. */
function boundsOf(values: readonly Value[]): readonly number[] {
  const last = Math.min(TARGET + 1, values.length) - 1;
  if (last < 1) return [];
  const total = sum(values.map(({ weight }) => weight));
  const bounds: number[] = [];
  let upto = 0;
  for (const { place, weight } of values) {
    upto += weight;
    while (bounds.length <= last && (bounds.length / last) * total <= upto + total * 1e-9) bounds.push(place);
  }
  return [...bounds.slice(0, last), values.at(-1)?.place ?? 0];
}

/** Rows with equal values stand in the index as in the table, so that few values make a correlation of their own: the chance of two rows to be equal. */
function correlationOf(points: readonly Point[], values: readonly Value[], column: number, follows: number): number {
  const single = points.filter(({ kind, from, to }) => kind !== "row" && from !== 0 && to !== 0);
  const common = single.filter(({ kind }) => kind === "common");
  const ofColumn = sameness(
    common.map(({ weight }) => weight),
    sum(single.map(({ weight }) => weight)),
  );
  const bare = ofColumn >= 1 ? 0 : Math.max(-1, Math.min(1, (column - ofColumn) / (1 - ofColumn)));
  const weights = values.map(({ weight }) => weight);
  const own = sameness(weights, sum(weights));
  const carried =
    Math.abs(follows) === 1 ? follows * settled(bare, own) : Math.abs(follows) > significant(single.length) ? follows * bare : 0;
  return own + (1 - own) * carried;
}

/**
 * Rows that are out of order by less than a value takes room are in order again: of a displacement of `away`, only those near the border
 * between two values are left. A correlation of r says that rows are `away` by the root of (1 - r) / 6 of the table.
 */
function settled(correlation: number, room: number): number {
  const left = 1 - Math.abs(correlation);
  const away = Math.sqrt(left / 6);
  return Math.sign(correlation) * (1 - left * Math.min(1, (2 * away) / room));
}

const sameness = (weights: readonly number[], total: number) => (total <= 0 ? 0 : sum(weights.map((weight) => (weight / total) ** 2)));

/** 1 where the expression never falls from one value of the column to the next, -1 where it never rises, else how far it follows their order (Spearman's coefficient). */
function monotony(points: readonly Point[]): number {
  const sorted = [...points].sort((one, other) => one.from - other.from);
  const moves = sorted.map(({ to }, position) => to - (sorted[position - 1]?.to ?? to));
  if (moves.every((move) => move >= 0)) return moves.some((move) => move > 0) ? 1 : 0;
  if (moves.every((move) => move <= 0)) return -1;
  return correlated(
    positions(sorted, ({ from }) => from),
    positions(sorted, ({ to }) => to),
    sorted.map(({ weight }) => weight),
  );
}

/** Where each point stands among the rows in this order, equal ones in the middle of their kind. */
function positions(points: readonly Point[], order: (point: Point) => number): readonly number[] {
  const weights = new Map<number, number>();
  for (const point of points) weights.set(order(point), (weights.get(order(point)) ?? 0) + point.weight);
  const middles = new Map<number, number>();
  let upto = 0;
  for (const [place, weight] of [...weights].sort(([one], [other]) => one - other)) {
    middles.set(place, upto + weight / 2);
    upto += weight;
  }
  return points.map((point) => middles.get(order(point)) ?? 0);
}

function correlated(ones: readonly number[], others: readonly number[], weights: readonly number[]): number {
  const total = sum(weights);
  const mean = (numbers: readonly number[]) => sum(numbers.map((number, position) => number * (weights[position] ?? 0))) / total;
  const [one, other] = [mean(ones), mean(others)];
  const product = (a: readonly number[], b: readonly number[], [x, y]: readonly [number, number]) =>
    mean(a.map((number, position) => (number - x) * ((b[position] ?? 0) - y)));
  const spread = Math.sqrt(product(ones, ones, [one, one]) * product(others, others, [other, other]));
  return spread === 0 ? 0 : product(ones, others, [one, other]) / spread;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

function countBy(places: readonly number[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1);
  return counts;
}
