import type { Known, Model } from "./model.ts";
import { dearness } from "./objective.ts";

/** What changing a set would do. */
export interface Change {
  /** By how much dearness falls; below 0 it rises. */
  readonly gain: number;
  /** The greatest share, 0 to 1, by which the cost of one statement changes. */
  readonly share: number;
}

/** What taking a group in would do. */
export interface Offer extends Change {
  /** Those of the group that are not in the set. */
  readonly more: readonly number[];
  readonly bytes: number;
}

/** A set of trials that changes step by step, and what a {@link Model} says that the statements cost with it. */
export interface Selection {
  readonly bytes: number;
  readonly count: number;
  readonly dearness: number;
  chosen(): readonly number[];
  /** Of a group, by its place in the model. */
  offer(group: number): Offer;
  /** What it would do to take each of these in, or out if it is in. */
  tried(numbers: readonly number[]): Change;
  /** Does it. */
  flip(numbers: readonly number[]): void;
}

interface Reckoned {
  readonly more: readonly number[];
  readonly bytes: number;
  readonly difference: Difference;
  readonly at: number;
}

interface Difference {
  sum: number;
  roots: number;
  share: number;
}

export function selectionOf(model: Model, chosen: readonly number[]): Selection {
  const { plans, places, weights, groups } = model;
  const inside = new Uint8Array(model.bytes.length);
  const costs = new Float64Array(plans.length);
  const roots = new Float64Array(plans.length);
  /** Of each statement, the place of its cheapest plan among those that it has. */
  const standing = Uint32Array.from(plans, (known) => known.length - 1);
  const visited = new Uint32Array(plans.length);
  /** Of each statement, when something was last flipped that a plan of it reads. */
  const stirred = new Uint32Array(plans.length);
  const offers = groups.map((): Reckoned | undefined => undefined);
  let [visit, clock] = [0, 1];
  let [sum, total, bytes, count] = [0, 0, 0, 0];
  let dearNow = 0;
  /** Whether what was flipped since the plans were found was only taken out. */
  let isLess = false;

  function isThere(known: Known | undefined): boolean {
    for (const number of known?.used ?? []) if (inside[number] === 0) return false;
    return true;
  }

  /** By its place among the plans of the statement. */
  function planOf(place: number): number {
    const known = plans[place] ?? [];
    const now = standing[place] ?? 0;
    const stands = isThere(known[now]);
    if (stands && isLess) return now;
    const to = stands ? now : known.length - 1;
    for (let at = isLess ? now + 1 : 0; at < to; at += 1) if (isThere(known[at])) return at;
    return to;
  }

  function settle(place: number) {
    const at = planOf(place);
    const { cost = 0, root = 0 } = plans[place]?.[at] ?? {};
    sum += (weights[place] ?? 1) * (cost - (costs[place] ?? 0));
    total += root - (roots[place] ?? 0);
    standing[place] = at;
    costs[place] = cost;
    roots[place] = root;
    stirred[place] = clock;
  }

  function weigh(difference: Difference, place: number) {
    visited[place] = visit;
    const { cost = 0, root = 0 } = plans[place]?.[planOf(place)] ?? {};
    const before = costs[place] ?? 0;
    if (cost === before) return;
    difference.sum += (weights[place] ?? 1) * (cost - before);
    difference.roots += root - (roots[place] ?? 0);
    difference.share = Math.max(difference.share, 1 - Math.min(cost, before) / Math.max(cost, before));
  }

  function toggle(numbers: readonly number[]) {
    isLess = true;
    for (const number of numbers) {
      const sign = inside[number] === 0 ? 1 : -1;
      if (sign === 1) isLess = false;
      inside[number] = sign === 1 ? 1 : 0;
      bytes += sign * (model.bytes[number] ?? 0);
      count += sign;
    }
  }

  function differenceOf(numbers: readonly number[]): Difference {
    toggle(numbers);
    const difference = { sum: 0, roots: 0, share: 0 };
    visit += 1;
    for (const number of numbers) for (const place of places[number] ?? []) if (visited[place] !== visit) weigh(difference, place);
    toggle(numbers);
    return difference;
  }

  const dear = (ofSum: number, ofRoots: number) => dearness({ sum: ofSum, roots: ofRoots }, plans.length);
  const gainOf = (difference: Difference) => dearNow - dear(sum + difference.sum, total + difference.roots);

  function isFresh(group: number, at: number): boolean {
    for (const number of groups[group] ?? []) for (const place of places[number] ?? []) if ((stirred[place] ?? 0) > at) return false;
    return true;
  }

  toggle(chosen);
  isLess = false;
  for (const place of plans.keys()) settle(place);
  dearNow = dear(sum, total);

  return {
    get bytes() {
      return bytes;
    },
    get count() {
      return count;
    },
    get dearness() {
      return dearNow;
    },
    chosen: () => Array.from(inside.keys()).filter((number) => inside[number] === 1),
    offer(group) {
      let known = offers[group];
      if (!known || !isFresh(group, known.at)) {
        const more = (groups[group] ?? []).filter((number) => inside[number] === 0);
        known = {
          more,
          bytes: more.reduce((all, number) => all + (model.bytes[number] ?? 0), 0),
          difference: differenceOf(more),
          at: clock,
        };
        offers[group] = known;
      }
      const { more, bytes: taken, difference } = known;
      return { gain: gainOf(difference), share: difference.share, more, bytes: taken };
    },
    tried(numbers) {
      const difference = differenceOf(numbers);
      return { gain: gainOf(difference), share: difference.share };
    },
    flip(numbers) {
      clock += 1;
      toggle(numbers);
      for (const number of numbers) for (const place of places[number] ?? []) settle(place);
      dearNow = dear(sum, total);
    },
  };
}
