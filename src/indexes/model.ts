import { rootOf } from "./objective.ts";
import type { Cost, Planned } from "./planner.ts";
import type { Trial } from "./trial.ts";

/** A plan that was seen: it can be had, at this cost, wherever all that it reads is there. */
export interface Known {
  /** In ascending order. */
  readonly used: readonly number[];
  readonly cost: number;
  readonly root: number;
}

/**
 * What the plans seen so far say of every set of indexes: a statement costs at most what the cheapest plan does whose indexes are all in
 * the set. Nobody has to be asked, so thousands of sets can be compared. Trials and statements go by their place.
 */
export interface Model {
  /** Of each trial. */
  readonly bytes: readonly number[];
  /** Of each statement. */
  readonly weights: readonly number[];
  /** Of each statement, the cheapest first; the last reads no trial. */
  readonly plans: readonly (readonly Known[])[];
  /** Of each trial, the statements of which a plan reads it. */
  readonly places: readonly (readonly number[])[];
  readonly groups: readonly Group[];
  /** Of each trial, its place among the groups; undefined for one that no plan reads. */
  readonly alone: readonly (number | undefined)[];
  /** Of each statement, what its plans read: groups that hold any of it, and trials. */
  readonly around: readonly { readonly groups: readonly number[]; readonly trials: readonly number[] }[];
}

/** Trials that are taken together: one, or all that a plan reads at once, as those for each side of an OR. */
export interface Group {
  readonly numbers: readonly number[];
  /** Statements, and their plans that read any of them, the cheapest first. */
  readonly readers: readonly { readonly place: number; readonly plans: readonly number[] }[];
}

export interface Learned {
  readonly statements: readonly Planned[];
  readonly trials: readonly Trial[];
  /** Of each trial. */
  readonly bytes: ReadonlyMap<Trial, number>;
  seen(statement: Planned): readonly Cost[];
}

export function modelOf({ statements, trials, bytes, seen }: Learned): Model {
  const numbers = new Map(trials.map((trial, number) => [trial, number]));
  const plans = statements.map((statement) => cheapest(statement, seen(statement), numbers));
  const together = new Map<string, readonly number[]>();
  for (const used of plans.flatMap((known) => known.map((each) => each.used))) {
    if (used.length > 0) together.set(used.join(), used);
    for (const number of used) together.set(String(number), [number]);
  }
  // Of two alike the one of fewer columns comes first.
  const sorted = Array.from(together.values()).sort((one, other) => columnsOf(trials, one) - columnsOf(trials, other));
  const readers = readersIn(plans, trials.length);
  const groups = sorted.map((numbers) => ({ numbers, readers: ofAny(numbers, readers) }));
  const around = plans.map((known) => ({ groups: [] as number[], trials: [...new Set(known.flatMap(({ used }) => used))] }));
  for (const [at, group] of groups.entries()) for (const { place } of group.readers) around[place]?.groups.push(at);
  const alone = trials.map((): number | undefined => undefined);
  for (const [at, { numbers }] of groups.entries()) if (numbers.length === 1 && numbers[0] !== undefined) alone[numbers[0]] = at;
  return {
    bytes: trials.map((trial) => bytes.get(trial) ?? trial.bytes),
    weights: statements.map(({ weight }) => weight),
    plans,
    places: alone.map((at) => (at === undefined ? [] : (groups[at]?.readers ?? []).map(({ place }) => place))),
    groups,
    alone,
    around,
  };
}

/** Of each trial, the plans that read it, by statement. */
function readersIn(plans: Model["plans"], trials: number): readonly ReadonlyMap<number, readonly number[]>[] {
  const readers = Array.from({ length: trials }, () => new Map<number, number[]>());
  for (const [place, known] of plans.entries()) {
    for (const [at, { used }] of known.entries()) {
      for (const number of used) readers[number]?.set(place, [...(readers[number]?.get(place) ?? []), at]);
    }
  }
  return readers;
}

function ofAny(numbers: readonly number[], readers: readonly ReadonlyMap<number, readonly number[]>[]): Group["readers"] {
  const places = new Set(numbers.flatMap((number) => [...(readers[number]?.keys() ?? [])]));
  return Array.from(places, (place) => {
    const plans = new Set(numbers.flatMap((number) => readers[number]?.get(place) ?? []));
    return { place, plans: [...plans].sort((one, other) => one - other) };
  });
}

const columnsOf = (trials: readonly Trial[], group: readonly number[]) =>
  group.reduce((sum, number) => sum + (trials[number]?.candidate.keys.length ?? 0) + (trials[number]?.candidate.include.length ?? 0), 0);

/** Without those that read all that a cheaper one reads. */
function cheapest({ plan }: Planned, seen: readonly Cost[], numbers: ReadonlyMap<Trial, number>): readonly Known[] {
  const before = plan.root.totalCost;
  const all = seen
    .filter(({ cost }) => cost < before)
    .map(({ used, cost }) => ({ cost, used: used.flatMap((trial) => numbers.get(trial) ?? []).sort((one, other) => one - other) }))
    .sort((one, other) => one.cost - other.cost || one.used.length - other.used.length);
  const known: Known[] = [];
  for (const { used, cost } of all) {
    if (known.some((cheaper) => cheaper.used.every((number) => used.includes(number)))) continue;
    known.push({ used, cost, root: rootOf(cost, before) });
  }
  return [...known, { used: [], cost: before, root: rootOf(before, before) }];
}
