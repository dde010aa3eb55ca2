import type { Model } from "./model.ts";
import { dearness } from "./objective.ts";

/** What changing a set would do. */
export interface Change {
  /** By how much dearness falls; below 0 it rises. */
  readonly gain: number;
  /** The greatest share, 0 to 1, by which the cost of one statement changes. */
  readonly share: number;
}

/** A set of trials that changes step by step, and what a {@link Model} says that the statements cost with it. */
export interface Selection {
  readonly bytes: number;
  readonly count: number;
  readonly dearness: number;
  chosen(): readonly number[];
  /** Those of a group that are not in it. */
  missing(group: readonly number[]): readonly number[];
  /** What it would do to take each of these in, or out if it is in. */
  tried(numbers: readonly number[]): Change;
  /** Does it. */
  flip(numbers: readonly number[]): void;
}

export function selectionOf(model: Model, chosen: readonly number[]): Selection {
  const { plans, places, weights } = model;
  const inside = new Uint8Array(model.bytes.length);
  const costs = new Float64Array(plans.length);
  const roots = new Float64Array(plans.length);
  const visited = new Uint32Array(plans.length);
  let visit = 0;
  let [sum, total, bytes, count] = [0, 0, 0, 0];

  function planOf(place: number) {
    const known = plans[place] ?? [];
    const cheapest = known.find(({ used }) => {
      for (const number of used) if (inside[number] === 0) return false;
      return true;
    });
    if (!cheapest) throw new Error("A statement has a plan without any candidate.");
    return cheapest;
  }

  function settle(place: number) {
    const { cost, root } = planOf(place);
    sum += (weights[place] ?? 1) * (cost - (costs[place] ?? 0));
    total += root - (roots[place] ?? 0);
    costs[place] = cost;
    roots[place] = root;
  }

  function weigh(change: { sum: number; total: number; share: number }, place: number) {
    visited[place] = visit;
    const { cost, root } = planOf(place);
    const before = costs[place] ?? 0;
    if (cost === before) return;
    change.sum += (weights[place] ?? 1) * (cost - before);
    change.total += root - (roots[place] ?? 0);
    change.share = Math.max(change.share, 1 - Math.min(cost, before) / Math.max(cost, before));
  }

  function toggle(number: number) {
    const sign = inside[number] === 0 ? 1 : -1;
    inside[number] = sign === 1 ? 1 : 0;
    bytes += sign * (model.bytes[number] ?? 0);
    count += sign;
  }

  const dear = (ofSum: number, ofRoots: number) => dearness({ sum: ofSum, roots: ofRoots }, plans.length);

  for (const number of chosen) toggle(number);
  for (const place of plans.keys()) settle(place);

  return {
    get bytes() {
      return bytes;
    },
    get count() {
      return count;
    },
    get dearness() {
      return dear(sum, total);
    },
    chosen: () => Array.from(inside.keys()).filter((number) => inside[number] === 1),
    missing: (group) => group.filter((number) => inside[number] === 0),
    tried(numbers) {
      for (const number of numbers) toggle(number);
      const change = { sum, total, share: 0 };
      visit += 1;
      for (const number of numbers) for (const place of places[number] ?? []) if (visited[place] !== visit) weigh(change, place);
      for (const number of numbers) toggle(number);
      return { gain: dear(sum, total) - dear(change.sum, change.total), share: change.share };
    },
    flip(numbers) {
      for (const number of numbers) toggle(number);
      for (const number of numbers) for (const place of places[number] ?? []) settle(place);
    },
  };
}
