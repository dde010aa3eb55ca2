import type { Model } from "./model.ts";
import { type Offer, type Selection, selectionOf } from "./selection.ts";

/** What a set may be. */
export interface Limits {
  /** Bytes; undefined: as much as pays. */
  readonly budget: number | undefined;
  readonly mostIndexes: number;
  /** Share of the cost of the statement that an index helps most, below which it does not pay. */
  readonly leastGain: number;
}

interface Problem {
  readonly model: Model;
  readonly limits: Limits;
}

interface Start {
  /** A set that was found before. */
  readonly from: readonly number[];
  /** How many times a part of the set is made anew. */
  readonly rounds: number;
}

/**
 * The least dear set that was found in a model: what saves most for its bytes is taken until nothing pays or fits, and where something did
 * not fit, parts of the set are made anew many times over. The same question has the same answer.
 */
export function solve(problem: Problem, { from, rounds }: Start): readonly number[] {
  const first = selectionOf(problem.model, []);
  const isFull = fill(problem, first, 1);
  if (!isFull) return settled(problem, first).chosen();
  const others = EXPONENTS.map((exponent) => {
    const selection = selectionOf(problem.model, []);
    fill(problem, selection, exponent);
    return selection;
  });
  const fresh = leastDear([first, ...others].map((selection) => settled(problem, selection)));
  if (from.length === 0) return renewed(problem, fresh, rounds).chosen();
  const before = selectionOf(problem.model, from);
  shrink(problem, before, { kept: [], spare: 0, exponent: 1 });
  // What was found with fewer plans may lie far from what is best with more.
  return leastDear([fresh, settled(problem, before)].map((selection) => renewed(problem, selection, rounds))).chosen();
}

const leastDear = (all: readonly Selection[]): Selection => all.reduce((one, other) => (other.dearness < one.dearness ? other : one));

/** Where a byte counts in full, small indexes go first, and may leave no room for the large one that all need. */
const EXPONENTS = [0.5, 0.2];

/** With what pays and fits, and without what does not pay. */
function settled(problem: Problem, selection: Selection): Selection {
  prune(problem, selection);
  fill(problem, selection, 1);
  prune(problem, selection);
  return selection;
}

const hasRoom = ({ limits: { budget, mostIndexes } }: Problem, { bytes, count }: Selection, more: { bytes: number; count: number }) =>
  count + more.count <= mostIndexes && (budget === undefined || bytes + more.bytes <= budget);

/** Differences of sums of many costs below this are none. */
const NOTHING = 1e-9;

interface Rated {
  readonly group: number;
  readonly score: number;
}

/** Takes what saves most for its bytes until nothing pays or fits; whether something that pays did not fit. What was best in the last round is rated again, and taken if it still is. */
function fill(problem: Problem, selection: Selection, exponent: number): boolean {
  const { model, limits } = problem;
  let isFull = false;
  const scoreOf = ({ more, gain, share, bytes }: Offer): number => {
    const pays = share >= limits.leastGain && gain > NOTHING && more.length > 0;
    return pays ? gain / Math.max(1, bytes) ** exponent : 0;
  };
  const left: Rated[] = [];
  // The last is taken first, and of two alike the one that comes first.
  for (let group = model.groups.length - 1; group >= 0; group -= 1) {
    if (!mayFit(problem, selection, group)) {
      isFull = true;
      continue;
    }
    const score = scoreOf(selection.offer(group));
    if (score > 0) left.push({ group, score });
  }
  left.sort((one, other) => one.score - other.score);
  for (let top = left.pop(); top; top = left.pop()) {
    const { group } = top;
    const offer = selection.offer(group);
    const score = scoreOf(offer);
    if (score <= 0) continue;
    if (!hasRoom(problem, selection, { bytes: offer.bytes, count: offer.more.length })) {
      isFull = true;
      continue;
    }
    if (score >= (left.at(-1)?.score ?? 0)) selection.flip(offer.more);
    else insert(left, { group, score });
  }
  return isFull;
}

/** What does not fit now never will while others are only taken in: what they bring of it takes its room too. */
function mayFit(
  { model, limits: { budget = Number.POSITIVE_INFINITY, mostIndexes } }: Problem,
  selection: Selection,
  group: number,
): boolean {
  let { bytes, count } = selection;
  for (const number of model.groups[group]?.numbers ?? []) {
    if (selection.has(number)) continue;
    bytes += model.bytes[number] ?? 0;
    count += 1;
  }
  return bytes <= budget && count <= mostIndexes;
}

/** Into what is sorted, the lowest first. */
function insert(sorted: Rated[], item: Rated): void {
  let place = sorted.length;
  while (place > 0 && (sorted[place - 1]?.score ?? 0) >= item.score) place -= 1;
  sorted.splice(place, 0, item);
}

/** Takes away what no statement misses; whether there was any. */
function prune({ limits }: Problem, selection: Selection): boolean {
  for (let any = false; ; any = true) {
    const useless = selection.chosen().find((number) => {
      const { gain, share } = selection.tried(number);
      return gain >= -NOTHING || share < limits.leastGain;
    });
    if (useless === undefined) return any;
    selection.flip([useless]);
  }
}

interface Shrunk {
  readonly kept: readonly number[];
  /** Share of the budget that is left free. */
  readonly spare: number;
  /** How much bytes count for. */
  readonly exponent: number;
}

/** Takes out what is missed least for its bytes until the rest fits. */
function shrink(problem: Problem, selection: Selection, { kept, spare, exponent }: Shrunk): void {
  const { model, limits } = problem;
  const most = (limits.budget ?? Number.POSITIVE_INFINITY) * (1 - spare);
  while (selection.bytes > most || selection.count > limits.mostIndexes) {
    const losses = selection
      .chosen()
      .filter((number) => !kept.includes(number))
      .map((number) => ({ number, loss: -selection.tried(number).gain / Math.max(1, model.bytes[number] ?? 0) ** exponent }));
    const [least] = losses.sort((one, other) => one.loss - other.loss);
    if (!least) return;
    selection.flip([least.number]);
  }
}

/** Of dearness: a set that is worse by at most this much is gone on with at first; at the end none that is worse. */
const HEAT = 0.03;

type Random = (below: number) => number;

/**
 * Takes a part of the set out, or one more group in and what is missed least out, fills the room that this leaves, and goes on with what is
 * better or, ever less often, a little worse. Exchanging what is worth an exchange by itself ends in front of every change that needs two.
 */
function renewed(problem: Problem, from: Selection, rounds: number): Selection {
  // Asked again with more plans, other parts are made anew.
  const random = numbersFrom(problem.model.plans.reduce((all, known) => all + known.length, 1));
  const work = selectionOf(problem.model, from.chosen());
  let current = { chosen: work.chosen(), dearness: work.dearness };
  let best = current;
  for (let round = 0; round < rounds; round += 1) {
    if (random(3) === 0) work.flip(partOf(problem, current.chosen, random));
    else enter(problem, work, random);
    fill(problem, work, drawn(FILLS, random));
    if (prune(problem, work)) fill(problem, work, 1);
    const found = { chosen: work.chosen(), dearness: work.dearness };
    const heat = HEAT * (1 - round / rounds) ** 2;
    if (found.dearness <= current.dearness + (heat * random(MANY)) / MANY) current = found;
    else work.flip(difference(found.chosen, current.chosen));
    if (found.dearness < best.dearness - NOTHING) best = found;
  }
  work.flip(difference(work.chosen(), best.chosen));
  return work;
}

/** How much bytes count for as the room is filled: each leaves other sets. */
const FILLS = [1, 0.7, 0.4, 0];
/** Of the budget, what is left free as room is made. */
const SPARE = [0, 0.1, 0.2, 0.3];
const MOST_OUT = 6;

const drawn = (numbers: readonly number[], random: Random): number => numbers[random(numbers.length)] ?? 0;

function difference(one: readonly number[], other: readonly number[]): readonly number[] {
  const [ones, others] = [new Set(one), new Set(other)];
  return [...one.filter((number) => !others.has(number)), ...other.filter((number) => !ones.has(number))];
}

/** Some at random: of all, or of those that serve the same statements. */
function partOf({ model: { places } }: Problem, chosen: readonly number[], random: Random): readonly number[] {
  const first = chosen[random(chosen.length)];
  if (first === undefined) return [];
  const near = (number: number) => places[number]?.some((place) => places[first]?.includes(place));
  const pool = random(2) === 0 ? chosen : chosen.filter(near);
  return [...new Set([first, ...Array.from({ length: random(MOST_OUT) }, () => pool[random(pool.length)] ?? first)])];
}

/** Takes in a group at random that pays, and makes room for it. */
function enter(problem: Problem, selection: Selection, random: Random): void {
  const { model, limits } = problem;
  for (let tries = 0; tries < 8; tries += 1) {
    const { more, gain, bytes } = selection.offer(random(model.groups.length));
    if (gain <= NOTHING || more.length > limits.mostIndexes || bytes > (limits.budget ?? Number.POSITIVE_INFINITY)) continue;
    selection.flip(more);
    shrink(problem, selection, { kept: more, spare: drawn(SPARE, random), exponent: drawn(FILLS, random) });
    return;
  }
}

const MANY = 1 << 24;

/** Whole numbers from 0 below a bound, the same in each run: `Numerical Recipes`' linear congruential generator. */
function numbersFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
