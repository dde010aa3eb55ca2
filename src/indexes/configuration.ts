import { type Costs, dearness, type Totals, totalsOf } from "./objective.ts";
import type { Planner } from "./planner.ts";
import type { Hope } from "./screen.ts";
import type { Trial } from "./trial.ts";

export interface Limits {
  /** Bytes; undefined: as much as pays. */
  readonly budget: number | undefined;
  readonly mostIndexes: number;
  /** Share of the cost of the statement that an index helps most, below which it does not pay. */
  readonly leastGain: number;
}

/** What is searched. */
export interface Question {
  readonly hopes: readonly Hope[];
  readonly trials: readonly Trial[];
  /** Of each trial. */
  readonly bytes: ReadonlyMap<Trial, number>;
  readonly planner: Planner;
  readonly limits: Limits;
  /** What plans may take, in plans of a few relations; beyond it, what was seen at first must do. */
  readonly effort: number;
  /** Whether the answer is due: the best so far is returned. */
  isDue(): boolean;
}

export interface Searched extends Question {
  /** The statements, by their place, of which a plan read a trial. */
  readonly places: ReadonlyMap<Trial, readonly number[]>;
}

/** A set of indexes and what the statements cost with it. */
export interface Configuration {
  readonly chosen: readonly Trial[];
  readonly costs: Costs;
  readonly totals: Totals;
  readonly dearness: number;
}

export function configurationOf({ hopes }: Pick<Question, "hopes">, chosen: readonly Trial[], costs: Costs): Configuration {
  const totals = totalsOf(
    hopes.map(({ statement }) => statement),
    costs,
  );
  return { chosen, costs, totals, dearness: dearness(totals, hopes.length) };
}

export const bytesOf = ({ bytes }: Searched, trials: readonly Trial[]) =>
  trials.reduce((sum, trial) => sum + (bytes.get(trial) ?? trial.bytes), 0);

export const isSpent = ({ planner, effort, isDue }: Searched) => planner.effort >= effort || isDue();

const readsAny = ({ rounds }: Hope, group: readonly Trial[]) => rounds.some(({ used }) => used.some((trial) => group.includes(trial)));

/** A part of what a plan reads is taken to bring its part of the gain. */
export function hopedCost({ statement, rounds }: Hope, group: ReadonlySet<Trial>): number {
  const before = statement.plan.root.totalCost;
  const costs = rounds.map(({ used, cost }) => {
    const share = used.filter((trial) => group.has(trial)).length / used.length;
    return before - share * (before - cost);
  });
  return Math.min(before, ...costs);
}

/** What the statements at these places cost with these in place; the others keep their cost. */
export async function costsWith(
  searched: Searched,
  current: Configuration,
  chosen: readonly Trial[],
  places: readonly number[],
): Promise<Configuration> {
  const { hopes, planner } = searched;
  const costs = [...current.costs];
  const open: number[] = [];
  for (const place of places) {
    const hope = hopes[place];
    const known = hope && planner.known(hope.statement, chosen);
    if (known) costs[place] = known.cost;
    else if (hope && isSpent(searched)) costs[place] = hopedCost(hope, new Set(chosen));
    else open.push(place);
  }
  const statements = open.flatMap((place) => hopes[place]?.statement ?? []);
  const found = await planner.costs(statements, () => chosen);
  for (const [position, place] of open.entries()) costs[place] = found[position]?.cost ?? costs[place] ?? 0;
  return configurationOf(searched, chosen, costs);
}

export const pays = ({ limits: { leastGain } }: Searched, before: Costs, after: Costs) =>
  before.some((cost, place) => (after[place] ?? cost) < cost * (1 - leastGain));

export interface Loss {
  readonly trial: Trial;
  readonly without: Configuration;
  readonly loss: number;
  readonly isMissed: boolean;
}

/** Each of the chosen ones by what is lost without it, the least first. */
export async function byLoss(searched: Searched, current: Configuration): Promise<readonly Loss[]> {
  const losses: Loss[] = [];
  for (const trial of current.chosen) {
    const rest = current.chosen.filter((other) => other !== trial);
    const without = await costsWith(searched, current, rest, searched.places.get(trial) ?? []);
    losses.push({ trial, without, loss: without.dearness - current.dearness, isMissed: pays(searched, without.costs, current.costs) });
  }
  return losses.sort((one, other) => one.loss - other.loss);
}

/** The statements, by their place, of which a plan read one of these. */
export const placesOf = (hopes: readonly Hope[], group: readonly Trial[]) =>
  hopes.flatMap((hope, place) => (readsAny(hope, group) ? [place] : []));
