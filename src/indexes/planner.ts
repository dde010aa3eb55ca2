import { type Plan, parsePlan } from "../plan/plan.ts";
import type { Statement } from "../sql/parse.ts";
import { placeholdersOf } from "../sql/relations.ts";
import type { PlanCost } from "../twin/messages.ts";
import type { Session } from "../twin/twin.ts";
import type { Trial } from "./trial.ts";

/** A statement of the workload that the twin can plan. */
export interface Planned {
  readonly number: number;
  readonly statement: Statement;
  /** How often it is called, by the caller's count. */
  readonly weight: number;
  /** Without any candidate. */
  readonly plan: Plan;
}

export interface Cost {
  readonly cost: number;
  /** The candidates that the plan reads. */
  readonly used: readonly Trial[];
}

/** What a statement would cost with these candidates in place and no other. */
export interface Ask {
  readonly planned: Planned;
  readonly inPlace: readonly Trial[];
}

/** Asks the twin what statements cost with some of the candidates in place. */
export interface Planner {
  /** One answer for each. Nothing is asked of the twin that earlier answers tell. */
  costs(asks: readonly Ask[]): Promise<readonly Cost[]>;
  /** The plans of a statement that were seen so far. */
  seen(planned: Planned): readonly Cost[];
  /** How many plans were made. */
  readonly asked: number;
  /** What they took: {@link effortOf} of each. */
  readonly effort: number;
}

/** Relations that a plan reads, from which on it takes the planner much longer than one of a few. */
const WIDE = 8;

export const isWide = ({ plan }: Planned) => readsOf(plan) > WIDE;

/** Of one plan, in plans of a few relations: ways to join grow with their square at least (measured in the twin: 1.2 ms of CPU for 1 to 3, about 11 for 10). */
const effortOf = ({ plan }: Planned) => Math.max(1, (readsOf(plan) / 3) ** 2);

const readsOf = ({ nodes }: Plan) => nodes.filter(({ relation }) => relation !== undefined).length;

export interface Place {
  readonly session: Session;
  readonly searchPath: readonly string[];
}

/** `hidden`: oids of indexes that the planner is not to see. */
export async function explain({ session, searchPath }: Place, statement: Statement, hidden: readonly number[] = []) {
  const generic = placeholdersOf(statement).length > 0;
  const explained = await session.explain({ sql: statement.text, searchPath, generic, hidden });
  return explained.refused === undefined ? { plan: parsePlan(explained.plan) } : { refused: explained.refused };
}

const generics = new WeakMap<Statement, boolean>();

/** Whether it has placeholders, and is planned without their values. */
function isGeneric(statement: Statement): boolean {
  const generic = generics.get(statement) ?? placeholdersOf(statement).length > 0;
  generics.set(statement, generic);
  return generic;
}

interface Answer extends Cost {
  /** What the planner could choose from. */
  readonly seen: ReadonlySet<Trial>;
}

interface Asked {
  /** All that stand in the twin. */
  readonly trials: readonly Trial[];
  /** Those that could be of any use to a statement: its plans are the same with the others and without. */
  readonly concerned: ReadonlyMap<Planned, ReadonlySet<Trial>>;
  /** Plans that are known already. */
  readonly seen?: ReadonlyMap<Planned, readonly Cost[]>;
}

/**
 * No question is asked twice. A plan that was the best of many candidates and reads only some of them is the best of any set
 * that holds those some, so most sets need no plan of their own.
 */
export function plannerIn(place: Place, { trials, concerned, seen = new Map() }: Asked): Planner {
  const answers = new Map<Planned, Answer[]>(
    Array.from(seen, ([planned, costs]) => [planned, costs.map((cost) => ({ ...cost, seen: new Set(cost.used) }))]),
  );
  const all = trials.flatMap(({ oids }) => oids);
  const byName = new Map(trials.flatMap((trial) => trial.names.map((name) => [name, trial])));
  let asked = 0;
  let effort = 0;

  const relevant = (planned: Planned, inPlace: readonly Trial[]) => {
    const those = concerned.get(planned);
    return those === undefined ? [] : inPlace.filter((trial) => those.has(trial));
  };

  function told(planned: Planned, seen: readonly Trial[]): Cost | undefined {
    if (seen.length === 0) return { cost: planned.plan.root.totalCost, used: [] };
    const before = answers.get(planned) ?? [];
    return before.find((answer) => seen.every((trial) => answer.seen.has(trial)) && answer.used.every((trial) => seen.includes(trial)));
  }

  const question = ({ statement }: Planned, seen: readonly Trial[]) => ({
    sql: statement.text,
    searchPath: place.searchPath,
    generic: isGeneric(statement),
    shown: seen.flatMap(({ oids }) => oids),
  });

  function keep(planned: Planned, seen: readonly Trial[], told: PlanCost | undefined): Cost {
    asked += 1;
    effort += effortOf(planned);
    // It was planned a moment ago; only a planner that ran out of memory says no now.
    const { cost, indexes } = told === undefined || told.refused ? { cost: planned.plan.root.totalCost, indexes: [] } : told;
    const answer = { cost, used: [...new Set(indexes.flatMap((index) => byName.get(index) ?? []))], seen: new Set(seen) };
    answers.set(planned, [...(answers.get(planned) ?? []), answer]);
    return answer;
  }

  return {
    get asked() {
      return asked;
    },
    get effort() {
      return effort;
    },
    seen: (planned) => answers.get(planned) ?? [],
    async costs(asks) {
      const wanted = asks.map(({ planned, inPlace }) => {
        const seen = relevant(planned, inPlace);
        return { planned, seen, key: `${planned.number} ${seen.map(({ name }) => name).sort()}`, known: told(planned, seen) };
      });
      const open = new Map(wanted.flatMap((each) => (each.known ? [] : [[each.key, each]])));
      const plans = await place.session.costs(
        all,
        Array.from(open.values(), ({ planned, seen }) => question(planned, seen)),
      );
      const found = new Map(Array.from(open.values(), ({ key, planned, seen }, position) => [key, keep(planned, seen, plans[position])]));
      return wanted.flatMap(({ known, key }) => known ?? found.get(key) ?? []);
    },
  };
}
