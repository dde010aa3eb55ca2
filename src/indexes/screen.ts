import { isWide, type Planned, type Planner } from "./planner.ts";
import type { Trial } from "./trial.ts";

/** What one statement could gain, and by which candidates. */
export interface Hope {
  readonly statement: Planned;
  /** The best plan with all candidates, then the best without those that it read, and so on. */
  readonly rounds: readonly Round[];
}

export interface Round {
  readonly used: readonly Trial[];
  readonly cost: number;
}

/**
 * What would do nearly as well shows only where the best is not there: an index that several statements share, or a smaller one, is often not
 * the best of any. So each statement is planned with all, then without those that carry columns along, then with single columns alone, and of
 * each once more without what was read.
 */
const classes: readonly ((trial: Trial) => boolean)[] = [
  () => true,
  ({ candidate }) => candidate.include.length === 0,
  ({ candidate: { include, keys, where } }) => include.length === 0 && keys.length === 1 && where === undefined,
];

const ROUNDS_OF_A_CLASS = 2;
/** A join of many takes the planner long: of it two plans must do. */
const CLASSES_OF_WIDE = 2;

interface Screened {
  readonly ownOf: (statement: Planned) => readonly Trial[];
  readonly leastGain: number;
}

/** Plans each statement with the candidates that it calls for itself, and finds which of them its plans read. `slight`: those of plans that were hardly cheaper. */
export async function screen(
  planned: readonly Planned[],
  planner: Planner,
  { ownOf, leastGain }: Screened,
): Promise<{ readonly hopes: readonly Hope[]; readonly slight: ReadonlySet<Trial> }> {
  const slight = new Set<Trial>();
  const found = new Map(planned.map((statement) => [statement, new Map<string, Round>()]));
  for (const [place, isMeant] of classes.entries()) {
    let open = planned
      .filter((statement) => place < CLASSES_OF_WIDE || !isWide(statement))
      .map((statement) => ({ statement, left: ownOf(statement).filter(isMeant) }));
    for (let round = 0; round < ROUNDS_OF_A_CLASS; round += 1) {
      const asked = open.filter(({ statement, left }) => left.length > 0 && (round === 0 || !isWide(statement)));
      const costs = await planner.costs(asked.map(({ statement, left }) => ({ planned: statement, inPlace: left })));
      open = asked.flatMap(({ statement, left }, place) => {
        const { used = [], cost = 0 } = costs[place] ?? {};
        if (cost > statement.plan.root.totalCost * (1 - leastGain)) {
          for (const trial of used) slight.add(trial);
          return [];
        }
        if (used.length === 0) return [];
        found.get(statement)?.set(used.map(({ name }) => name).join(), { used, cost });
        return [{ statement, left: left.filter((trial) => !used.includes(trial)) }];
      });
    }
  }
  return { slight, hopes: planned.map((statement) => ({ statement, rounds: [...(found.get(statement)?.values() ?? [])] })) };
}
