import { type Plan, parsePlan } from "../plan/plan.ts";
import type { Statement } from "../sql/parse.ts";
import { placeholdersOf } from "../sql/relations.ts";
import type { Session } from "../twin/twin.ts";
import { switchTrials, type Trial } from "./trial.ts";

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

/** Asks the twin what statements cost with some of the candidates in place. */
export interface Planner {
  cost(planned: Planned, inPlace: readonly Trial[]): Promise<Cost>;
}

export interface Place {
  readonly session: Session;
  readonly searchPath: readonly string[];
}

export async function explain({ session, searchPath }: Place, statement: Statement) {
  const generic = placeholdersOf(statement).length > 0;
  const explained = await session.explain({ sql: statement.text, searchPath, generic });
  return explained.refused === undefined ? { plan: parsePlan(explained.plan) } : { refused: explained.refused };
}

/** Each question is asked once: a cost depends only on the candidates on the tables that the statement reads. */
export function plannerIn(place: Place, touches: (planned: Planned, trial: Trial) => boolean): Planner {
  const known = new Map<string, Cost>();
  let visible: readonly Trial[] = [];

  async function planWith(planned: Planned, shown: readonly Trial[]): Promise<Cost> {
    await switchTrials(place.session, {
      hide: visible.filter((trial) => !shown.includes(trial)),
      show: shown.filter((trial) => !visible.includes(trial)),
    });
    visible = shown;
    const { plan } = await explain(place, planned.statement);
    // It was planned a moment ago; only a planner that ran out of memory says no now.
    if (!plan) return { cost: planned.plan.root.totalCost, used: [] };
    return { cost: plan.root.totalCost, used: shown.filter((trial) => reads(plan, trial).length > 0) };
  }

  return {
    async cost(planned, inPlace) {
      const relevant = inPlace.filter((trial) => touches(planned, trial));
      if (relevant.length === 0) return { cost: planned.plan.root.totalCost, used: [] };
      const key = [planned.number, ...relevant.map(({ name }) => name).sort()].join(" ");
      const cost = known.get(key) ?? (await planWith(planned, relevant));
      known.set(key, cost);
      return cost;
    },
  };
}

const reads = ({ nodes }: Plan, { names }: Trial) => nodes.filter(({ index }) => index !== undefined && names.includes(index));
