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
  /** Trials that are taken together: one, or all that a plan reads at once, as those for each side of an OR. */
  readonly groups: readonly (readonly number[])[];
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
  const places = trials.map(() => new Set<number>());
  const groups = new Map<string, readonly number[]>();
  for (const [place, known] of plans.entries()) {
    for (const { used } of known) {
      if (used.length > 0) groups.set(used.join(), used);
      for (const number of used) {
        groups.set(String(number), [number]);
        places[number]?.add(place);
      }
    }
  }
  return {
    bytes: trials.map((trial) => bytes.get(trial) ?? trial.bytes),
    weights: statements.map(({ weight }) => weight),
    plans,
    places: places.map((each) => [...each]),
    // Of two alike the one of fewer columns comes first.
    groups: Array.from(groups.values()).sort((one, other) => columnsOf(trials, one) - columnsOf(trials, other)),
  };
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
