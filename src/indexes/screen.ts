import { isWide, type Planned, type Planner } from "./planner.ts";
import type { Trial } from "./trial.ts";

/** What one statement could gain, and by which candidates. */
export interface Hope {
  readonly statement: Planned;
  /** Plans that read candidates, each of them the best of many sets. */
  readonly rounds: readonly Round[];
}

export interface Round {
  readonly used: readonly Trial[];
  readonly cost: number;
}

/** Of one statement every set of candidates that holds `within` and no candidate that is not among `open`. */
interface Branch {
  readonly statement: Planned;
  readonly within: readonly Trial[];
  readonly open: readonly Trial[];
  /** Of the plan that it was split from: none of its own is cheaper. */
  readonly bound: number;
}

/**
 * Of one statement: on TPC-H 24 lost answers that 60 finds, and 400 found none that is better by 2 %. Alone, and with room for all that
 * it calls for, a statement needs few: what would do nearly as well saves nothing.
 */
const MOST_PLANS = { alone: 12, each: 60 };

interface Screened {
  readonly ownOf: (statement: Planned) => readonly Trial[];
  readonly leastGain: number;
  /** Bytes. */
  readonly budget: number;
}

interface Screening {
  readonly hopes: readonly Hope[];
  /** Those of plans that were hardly cheaper. */
  readonly slight: ReadonlySet<Trial>;
}

/**
 * Plans each statement with the candidates that it calls for itself, and finds which of them its plans read. What would do nearly as well
 * shows only where the best is not there, so every set without one of what was read is planned too, and so on, the cheapest first: an index
 * that several statements share, or a smaller one, is often not the best of any.
 */
export async function screen(planned: readonly Planned[], planner: Planner, { ownOf, leastGain, budget }: Screened): Promise<Screening> {
  const slight = new Set<Trial>();
  const found = new Map(planned.map((statement) => [statement, new Map<string, Round>()]));
  const asked = new Map(planned.map((statement) => [statement, 0]));
  const most = planned.length === 1 && budget === Number.POSITIVE_INFINITY ? MOST_PLANS.alone : MOST_PLANS.each;
  let waiting: readonly Branch[] = planned.flatMap((statement) => startOf(statement, ownOf(statement)));
  for (;;) {
    const { now, later } = nextOf(waiting, asked, most);
    if (now.length === 0) break;
    const plans = await planner.costs(now.map(({ statement, open }) => ({ planned: statement, inPlace: open })));
    const parts = now.flatMap((branch, place) => {
      const { statement } = branch;
      const { used = [], cost = 0 } = plans[place] ?? {};
      if (used.length === 0) return [];
      if (cost > statement.plan.root.totalCost * (1 - leastGain)) {
        for (const trial of used) slight.add(trial);
        return [];
      }
      found.get(statement)?.set(used.map(({ name }) => name).join(), { used, cost });
      return isWide(statement) ? [] : partsOf(branch, { used, cost }, budget);
    });
    waiting = [...later, ...parts].sort((one, other) => one.bound - other.bound);
  }
  return { slight, hopes: planned.map((statement) => ({ statement, rounds: [...(found.get(statement)?.values() ?? [])] })) };
}

/** A join of many takes the planner long: of it two plans must do, one of them without what carries columns along. */
function startOf(statement: Planned, own: readonly Trial[]): readonly Branch[] {
  const all = { statement, within: [], open: own, bound: 0 };
  return isWide(statement) ? [all, { ...all, open: own.filter(({ candidate }) => candidate.include.length === 0) }] : [all];
}

/** Of one statement, how many are planned before what they tell is looked at. */
const AT_ONCE = 8;

/** What is planned now, and what waits; without what would be too many of one statement. Counts those of now. */
function nextOf(waiting: readonly Branch[], asked: Map<Planned, number>, most: number) {
  const before = new Map(asked);
  const now: Branch[] = [];
  const later: Branch[] = [];
  for (const branch of waiting) {
    const { statement } = branch;
    const already = asked.get(statement) ?? 0;
    if (already >= most) continue;
    if (already - (before.get(statement) ?? 0) >= AT_ONCE) later.push(branch);
    else {
      now.push(branch);
      asked.set(statement, already + 1);
    }
  }
  return { now, later };
}

/** A set lacks the first of what was read, or holds it and lacks the second, and so on; those that fit the budget. */
function partsOf({ statement, within, open }: Branch, { used, cost }: Round, budget: number): readonly Branch[] {
  const missing = used.filter((trial) => !within.includes(trial)).sort((one, other) => other.bytes - one.bytes);
  return missing
    .map((out, place) => ({
      statement,
      within: [...within, ...missing.slice(0, place)],
      open: open.filter((trial) => trial !== out),
      bound: cost,
    }))
    .filter((part) => part.within.reduce((sum, { bytes }) => sum + bytes, 0) <= budget);
}
