import { bytesOf, type Configuration, costsWith, hopedCost, pays, placesOf, type Searched } from "./configuration.ts";
import { dearness, withCost } from "./objective.ts";
import type { Trial } from "./trial.ts";

/** Indexes that are taken together: one, or all that a plan reads at once, as those for each side of an OR. */
export interface Move {
  readonly trials: readonly Trial[];
  /** Statements that may gain, by their place. */
  readonly places: readonly number[];
}

export function movesOf({ hopes, trials }: Searched): readonly Move[] {
  const groups = new Map<string, readonly Trial[]>(trials.map((trial) => [trial.name, [trial]]));
  for (const { used } of hopes.flatMap(({ rounds }) => rounds)) if (used.length > 1) groups.set(keyOf(used), used);
  return Array.from(groups.values(), (group) => ({ trials: group, places: placesOf(hopes, group) }));
}

const keyOf = (trials: readonly Trial[]) =>
  trials
    .map(({ name }) => name)
    .sort()
    .join();

export const added = ({ trials }: Move, { chosen }: Pick<Configuration, "chosen">) => trials.filter((trial) => !chosen.includes(trial));

/** What a move may save at most beside `kept`, by what was seen at first, in units of {@link dearness}. */
export function hopedGain(
  { hopes }: Searched,
  current: Configuration,
  { trials, places }: Move,
  kept: readonly Trial[] = current.chosen,
): number {
  const together = new Set([...kept, ...trials]);
  let { totals } = current;
  for (const place of places) {
    const hope = hopes[place];
    const from = current.costs[place] ?? 0;
    if (hope) totals = withCost(totals, hope.statement, { from, to: Math.min(from, hopedCost(hope, together)) });
  }
  return current.dearness - dearness(totals, hopes.length);
}

export interface Scored {
  readonly score: number;
}

export const byScore = (one: Scored, other: Scored) => other.score - one.score;

export interface Filling {
  readonly moves: readonly Move[];
  /** What a byte counts for beside what it saves. */
  readonly exponent?: number;
  /** Filled with what there was no room for. */
  readonly overBudget?: Set<Trial>;
}

/** Takes what saves most for its bytes until nothing pays or fits. What was best in the last round is asked again, and taken if it still is. */
export async function fill(
  searched: Searched,
  from: Configuration,
  { moves, exponent = 1, overBudget = new Set() }: Filling,
): Promise<Configuration> {
  let current = from;
  const rated = (move: Move, saved: number) => ({ move, score: saved / Math.max(1, bytesOf(searched, added(move, current))) ** exponent });
  let left = moves
    .map((move) => rated(move, hopedGain(searched, current, move)))
    .filter(({ score }) => score > 0)
    .sort(byScore);
  for (let [top, ...rest] = left; top; [top, ...rest] = left) {
    left = rest;
    const more = added(top.move, current);
    if (!hasRoom(searched, current, more)) {
      for (const trial of more) overBudget.add(trial);
      continue;
    }
    const next = await costsWith(searched, current, [...current.chosen, ...more], top.move.places);
    if (more.length === 0 || !pays(searched, current.costs, next.costs)) continue;
    const { score } = rated(top.move, current.dearness - next.dearness);
    if (score >= (rest[0]?.score ?? 0)) current = next;
    else if (score > 0) left = insert(rest, { move: top.move, score });
  }
  return current;
}

function insert<Item extends Scored>(sorted: readonly Item[], item: Item): Item[] {
  const place = sorted.findIndex(({ score }) => score < item.score);
  return place < 0 ? [...sorted, item] : sorted.toSpliced(place, 0, item);
}

function hasRoom(searched: Searched, { chosen }: Configuration, more: readonly Trial[]): boolean {
  const { budget, mostIndexes } = searched.limits;
  if (chosen.length + more.length > spare(mostIndexes)) return false;
  return budget === undefined || bytesOf(searched, chosen) + bytesOf(searched, more) <= budget;
}

/** Before the least useful are taken away again: the best few are not always those that pay most for each byte. */
const spare = (mostIndexes: number) => 2 * mostIndexes + 5;
