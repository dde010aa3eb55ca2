import type { Model } from "./model.ts";
import { type Selection, selectionOf } from "./selection.ts";

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

/**
 * The least dear set that was found in a model: what saves most for its bytes is taken until nothing pays or fits, and where something did
 * not fit, the set is changed here and there many times over. The same question has the same answer.
 */
export function solve(problem: Problem, from: readonly number[]): readonly number[] {
  const { model } = problem;
  const first = selectionOf(model, []);
  const isFull = fill(problem, first, 1);
  if (!isFull) return settled(problem, first).chosen();
  const others = EXPONENTS.map((exponent) => {
    const selection = selectionOf(model, []);
    fill(problem, selection, exponent);
    return selection;
  });
  const starts = [first, ...others, ...(from.length > 0 ? [fitting(problem, from)] : [])];
  let best = leastDear(starts.map((selection) => settled(problem, selection)));
  for (const seed of SEEDS) best = leastDear([best, settled(problem, anneal(problem, best, seed))]);
  return best.chosen();
}

/** Where a byte counts in full, small indexes go first, and may leave no room for the large one that all need. */
const EXPONENTS = [0.5, 0.2];

const leastDear = (all: readonly Selection[]): Selection => all.reduce((one, other) => (other.dearness < one.dearness ? other : one));

/** With what pays and fits, and without what does not pay. */
function settled(problem: Problem, selection: Selection): Selection {
  prune(problem, selection);
  fill(problem, selection, 1);
  prune(problem, selection);
  return selection;
}

const bytesOf = ({ bytes }: Model, numbers: readonly number[]) => numbers.reduce((sum, number) => sum + (bytes[number] ?? 0), 0);

const hasRoom = ({ model, limits: { budget, mostIndexes } }: Problem, { bytes, count }: Selection, more: readonly number[]) =>
  count + more.length <= mostIndexes && (budget === undefined || bytes + bytesOf(model, more) <= budget);

/** Differences of sums of many costs below this are none. */
const NOTHING = 1e-9;

interface Rated {
  readonly group: readonly number[];
  readonly score: number;
}

/** Takes what saves most for its bytes until nothing pays or fits; whether something that pays did not fit. What was best in the last round is rated again, and taken if it still is. */
function fill(problem: Problem, selection: Selection, exponent: number): boolean {
  const { model, limits } = problem;
  let isFull = false;
  const rated = (group: readonly number[]): Rated => {
    const more = selection.missing(group);
    if (more.length === 0) return { group, score: 0 };
    const { gain, share } = selection.tried(more);
    if (gain <= NOTHING || share < limits.leastGain) return { group, score: 0 };
    return { group, score: gain / Math.max(1, bytesOf(model, more)) ** exponent };
  };
  let left = model.groups.map(rated).filter(isWorth).sort(byScore);
  for (let [top, ...rest] = left; top; [top, ...rest] = left) {
    left = rest;
    const more = selection.missing(top.group);
    const now = rated(top.group);
    if (!isWorth(now)) continue;
    if (!hasRoom(problem, selection, more)) {
      isFull = true;
      continue;
    }
    if (now.score >= (rest[0]?.score ?? 0)) selection.flip(more);
    else left = insert(rest, now);
  }
  return isFull;
}

const isWorth = ({ score }: Rated) => score > 0;
const byScore = (one: Rated, other: Rated) => other.score - one.score;

function insert(sorted: readonly Rated[], item: Rated): Rated[] {
  const place = sorted.findIndex(({ score }) => score < item.score);
  return place < 0 ? [...sorted, item] : sorted.toSpliced(place, 0, item);
}

/** Takes away what no statement misses. */
function prune({ limits }: Problem, selection: Selection): void {
  for (;;) {
    const useless = selection.chosen().find((number) => {
      const { gain, share } = selection.tried([number]);
      return gain >= -NOTHING || share < limits.leastGain;
    });
    if (useless === undefined) return;
    selection.flip([useless]);
  }
}

/** A set that was found before, without what is missed least for its bytes where its sizes turned out larger. */
function fitting(problem: Problem, from: readonly number[]): Selection {
  const selection = selectionOf(problem.model, from);
  while (!hasRoom(problem, selection, [])) {
    const losses = selection
      .chosen()
      .map((number) => ({ number, loss: -selection.tried([number]).gain / Math.max(1, problem.model.bytes[number] ?? 0) }));
    selection.flip([losses.reduce((one, other) => (other.loss < one.loss ? other : one)).number]);
  }
  return selection;
}

/** Of dearness: a change for the worse by this much is often taken at first, and hardly ever at the end. */
const HEAT = 0.02;
const STEPS = { each: 100, most: 10_000 };
/** Each is another run. */
const SEEDS = [1, 2];

/**
 * Simulated annealing: takes a group in, with something at random out that makes room, or takes one out, and keeps what is better or, ever
 * less often, a little worse. Exchanging what is worth an exchange by itself ends in front of every change that needs two.
 */
function anneal(problem: Problem, from: Selection, seed: number): Selection {
  const { model } = problem;
  const random = numbersFrom(seed);
  const current = selectionOf(model, from.chosen());
  const steps = Math.min(STEPS.most, STEPS.each * model.groups.length);
  let best = { chosen: current.chosen(), dearness: current.dearness };
  for (let step = 0; step < steps; step += 1) {
    const group = model.groups[random(model.groups.length)] ?? [];
    const more = current.missing(group);
    const flips = more.length === 0 ? group : withRoom(problem, current, { group, more, random });
    if (!flips) continue;
    const { gain } = current.tried(flips);
    if (gain < 0 && random(MANY) / MANY >= Math.exp(gain / (HEAT * (1 - step / steps) ** 2 + NOTHING))) continue;
    current.flip(flips);
    if (current.dearness < best.dearness - NOTHING) best = { chosen: current.chosen(), dearness: current.dearness };
  }
  return selectionOf(model, best.chosen);
}

const MANY = 1 << 24;

/** Whole numbers from 0 below a bound, the same in each run: `Numerical Recipes`' linear congruential generator. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Entry {
  readonly group: readonly number[];
  readonly more: readonly number[];
  readonly random: (below: number) => number;
}

/** What is to be flipped to take these in: they, and some others out. Undefined where even all others would not make room. */
function withRoom({ model, limits }: Problem, selection: Selection, { group, more, random }: Entry): readonly number[] | undefined {
  const { budget = Number.POSITIVE_INFINITY, mostIndexes } = limits;
  let room = budget - selection.bytes - bytesOf(model, more);
  let places = mostIndexes - selection.count - more.length;
  if (room >= 0 && places >= 0) return more;
  const flips = [...more];
  const others = selection.chosen().filter((number) => !group.includes(number));
  while (room < 0 || places < 0) {
    const [out] = others.splice(random(others.length), 1);
    if (out === undefined) return undefined;
    flips.push(out);
    room += model.bytes[out] ?? 0;
    places += 1;
  }
  return flips;
}
