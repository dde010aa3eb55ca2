import type { Proposal } from "./candidates.ts";
import type { Planned } from "./planner.ts";
import type { Trial } from "./trial.ts";
import type { Wish } from "./wishes.ts";

export type Callers = ReadonlyMap<Trial, ReadonlySet<Planned>>;

/** Which statements call for each candidate. */
export function callersOf(trials: readonly Trial[], proposals: readonly Proposal[], wishes: ReadonlyMap<Wish, Planned>): Callers {
  const proposed = new Map(proposals.map((proposal) => [proposal.candidate, proposal]));
  return new Map(
    trials.map((trial) => {
      const calling = [...(proposed.get(trial.candidate)?.wishes ?? [])];
      return [trial, new Set(calling.flatMap((wish) => wishes.get(wish) ?? []))];
    }),
  );
}

/** A candidate may serve a statement that did not call for it: where it starts as one does that the statement called for, and holds all rows or those of one that it called for. */
export function concerned(planned: readonly Planned[], callers: Callers): ReadonlyMap<Planned, ReadonlySet<Trial>> {
  const trials = Array.from(callers.keys(), (trial) => ({ trial, start: startOf(trial), predicate: predicateOf(trial) }));
  return new Map(
    planned.map((statement) => {
      const own = trials.filter(({ trial }) => callers.get(trial)?.has(statement));
      const known = new Set(own.flatMap(({ start, predicate }) => [start, predicate]));
      const those = trials.filter(({ start, predicate }) => known.has(start) && (predicate === undefined || known.has(predicate)));
      return [statement, new Set(those.map(({ trial }) => trial))];
    }),
  );
}

const startOf = ({ candidate: { table, method, keys } }: Trial) => `${table.oid} ${method} ${keys[0]?.text} ${keys[0]?.operators}`;

const predicateOf = ({ candidate: { table, where } }: Trial) => (where === undefined ? undefined : `${table.oid} where ${where}`);
