import type { Model } from "./model.ts";
import { dearness } from "./objective.ts";

/** What changing a set would do. */
export interface Change {
  /** By how much dearness falls; below 0 it rises. */
  readonly gain: number;
  /** The greatest share, 0 to 1, by which the cost of one statement changes. */
  readonly share: number;
}

/** What taking a group in would do, until something is flipped. */
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
  has(number: number): boolean;
  /** Of a group, by its place in the model. */
  offer(group: number): Offer;
  /** What it would do to take it in, or out if it is in. */
  tried(number: number): Change;
  /** Takes each of these in, or out if it is in. */
  flip(numbers: readonly number[]): void;
}

interface Difference {
  sum: number;
  roots: number;
  share: number;
}

/** Holds until something is flipped that a plan reads together with it; its gain until anything is. */
interface Reckoned extends Offer {
  gain: number;
  at: number;
  readonly difference: Difference;
}

export function selectionOf(model: Model, chosen: readonly number[]): Selection {
  const { plans, places, weights, groups, around } = model;
  const inside = new Uint8Array(model.bytes.length);
  const costs = new Float64Array(plans.length);
  const roots = new Float64Array(plans.length);
  /** Of each statement, the place of its cheapest plan among those that it has. */
  const standing = Uint32Array.from(plans, (known) => known.length - 1);
  /** What was reckoned since something was last flipped that a plan reads together with it. */
  const offers: (Reckoned | undefined)[] = groups.map(() => undefined);
  const losses: (Difference | undefined)[] = model.bytes.map(() => undefined);
  let [sum, total, bytes, count] = [0, 0, 0, 0];
  let dearNow = 0;
  let clock = 0;

  function isThere(used: readonly number[]): boolean {
    for (const number of used) if (inside[number] === 0) return false;
    return true;
  }

  /** Of a statement, the cheapest of its plans from one on whose indexes are all there: the last reads none. */
  function planFrom(place: number, from: number): number {
    const known = plans[place] ?? [];
    let at = from;
    for (let plan = known[at]; plan && !isThere(plan.used); plan = known[at]) at += 1;
    return at;
  }

  function settle(place: number, at: number) {
    const { cost = 0, root = 0 } = plans[place]?.[at] ?? {};
    sum += (weights[place] ?? 1) * (cost - (costs[place] ?? 0));
    total += root - (roots[place] ?? 0);
    standing[place] = at;
    costs[place] = cost;
    roots[place] = root;
    for (const group of around[place]?.groups ?? []) offers[group] = undefined;
    for (const number of around[place]?.trials ?? []) losses[number] = undefined;
  }

  function weigh(difference: Difference, place: number, at: number) {
    const { cost = 0, root = 0 } = plans[place]?.[at] ?? {};
    const before = costs[place] ?? 0;
    if (cost === before) return;
    difference.sum += (weights[place] ?? 1) * (cost - before);
    difference.roots += root - (roots[place] ?? 0);
    difference.share = Math.max(difference.share, 1 - Math.min(cost, before) / Math.max(cost, before));
  }

  /** What is taken in can only bring plans that read it, and that are cheaper than what stands. */
  function reckoned(group: number): Reckoned {
    const { numbers = [], readers = [] } = groups[group] ?? {};
    const difference = { sum: 0, roots: 0, share: 0 };
    const more: number[] = [];
    let taken = 0;
    for (const number of numbers) {
      if (inside[number] === 1) continue;
      inside[number] = 1;
      taken += model.bytes[number] ?? 0;
      more.push(number);
    }
    for (const { place, plans: those } of more.length > 0 ? readers : []) weighFirst(difference, place, those);
    for (const number of more) inside[number] = 0;
    return { more, bytes: taken, difference, share: difference.share, gain: 0, at: -1 };
  }

  /** Of some plans of a statement, the cheapest first. */
  function weighFirst(difference: Difference, place: number, those: readonly number[]) {
    const known = plans[place] ?? [];
    const now = standing[place] ?? 0;
    for (const at of those) {
      if (at >= now) return;
      if (isThere(known[at]?.used ?? [])) return weigh(difference, place, at);
    }
  }

  /** What is taken out changes only the statements whose plan reads it. */
  function lossOf(number: number): Difference {
    const difference = { sum: 0, roots: 0, share: 0 };
    inside[number] = 0;
    for (const place of places[number] ?? []) {
      const now = standing[place] ?? 0;
      if (plans[place]?.[now]?.used.includes(number)) weigh(difference, place, planFrom(place, now + 1));
    }
    inside[number] = 1;
    return difference;
  }

  const dear = (ofSum: number, ofRoots: number) => dearness({ sum: ofSum, roots: ofRoots }, plans.length);
  const gainOf = (difference: Difference) => dearNow - dear(sum + difference.sum, total + difference.roots);

  function offer(group: number): Offer {
    const known = offers[group] ?? reckoned(group);
    offers[group] = known;
    if (known.at === clock) return known;
    known.gain = gainOf(known.difference);
    known.at = clock;
    return known;
  }

  function flip(numbers: readonly number[]) {
    for (const number of numbers) {
      const sign = inside[number] === 0 ? 1 : -1;
      inside[number] = sign === 1 ? 1 : 0;
      bytes += sign * (model.bytes[number] ?? 0);
      count += sign;
    }
    for (const number of numbers) for (const place of places[number] ?? []) settle(place, planFrom(place, 0));
    dearNow = dear(sum, total);
    clock += 1;
  }

  for (const [place, at] of standing.entries()) settle(place, at);
  flip(chosen);

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
    has: (number) => inside[number] === 1,
    chosen() {
      const numbers: number[] = [];
      for (let number = 0; number < inside.length; number += 1) if (inside[number] === 1) numbers.push(number);
      return numbers;
    },
    offer,
    tried(number) {
      // Alone a trial is the group of its own number.
      if (inside[number] === 0) return offer(model.alone[number] ?? -1);
      const difference = losses[number] ?? lossOf(number);
      losses[number] = difference;
      return { gain: gainOf(difference), share: difference.share };
    },
    flip,
  };
}
