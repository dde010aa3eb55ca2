import type { Table } from "../catalog/tables.ts";
import type { Refused } from "../error.ts";
import type { Plan } from "../plan/plan.ts";
import type { Statement } from "../sql/parse.ts";
import { readQuery } from "../sql/query.ts";
import { relationsOf } from "../sql/relations.ts";
import { constantsOf } from "../sql/written-constants.ts";
import { askedByPlan } from "./asked-by-plan.ts";
import { askedByText } from "./asked-by-text.ts";
import { callersOf, concerned } from "./callers.ts";
import { candidatesFor, type Proposal } from "./candidates.ts";
import { readFacts } from "./column-facts.ts";
import { explain, type Place, type Planned, plannerIn } from "./planner.ts";
import { type Refusal, refusedOf, sift } from "./refusals.ts";
import { type Round, screen } from "./screen.ts";
import { rootOf } from "./script.ts";
import { type Found, type Question as Searched, search } from "./search.ts";
import type { Limits } from "./solve.ts";
import { countTogether, type Entries, planTogether } from "./together.ts";
import { dropTrials, estimateTrials, holdsExpressions, placeTrials, sizeTrials, type Trial } from "./trial.ts";
import { type Wish, wishesOf } from "./wishes.ts";

export interface Question extends Place {
  readonly tables: readonly Table[];
  find(written: { readonly schema?: string | undefined; readonly name: string }): Table | undefined;
  readonly statements: readonly { readonly number: number; readonly statement: Statement; readonly weight: number }[];
  readonly limits: Limits;
  /** Tables that get no index. */
  readonly leaveAlone?: ReadonlySet<Table>;
  /** Whether the answer is due: the best so far is given. */
  readonly isDue?: () => boolean;
  progress(message: string): void;
}

export interface Advice {
  readonly statements: readonly Weighed[];
  readonly chosen: readonly Chosen[];
  /** Those that say most first. */
  readonly refused: readonly Refusal[];
  readonly candidates: number;
  /** Planner cost of all statements by their weights, without and with the chosen indexes. */
  readonly before: number;
  readonly after: number;
  /** What was not tried or is not in the costs. */
  readonly limits: readonly string[];
  /** Candidates that were left out, because there were too many. */
  readonly untried: number;
  /** How many plans it took. */
  readonly explains: number;
}

/** A statement with the planner's cost of one call, without and with the chosen indexes. */
export type Weighed = { readonly number: number; readonly weight: number } & (
  | {
      readonly before: number;
      readonly after: number;
      readonly plans: { readonly before: Plan; readonly after: Plan };
      readonly refused?: undefined;
    }
  | { readonly refused: Refused }
);

/** At its exact size. It stands there no more: `placeAgain`. */
export interface Chosen extends Trial {
  readonly entries: Entries | undefined;
  /** The statements whose plan reads it once all chosen ones are there. */
  readonly helps: readonly { readonly number: number; readonly before: number; readonly after: number }[];
  /** Statements that write to its table. */
  readonly writtenBy: readonly number[];
}

/** More would take a plan longer than what they bring. */
const MOST_CANDIDATES = 400;
/** What plans of a search may take, in plans of a few relations: so much, and so much more for each statement. */
const EFFORT = { all: 300, each: 40 };

/** Of {@link search}: few while sizes are guessed, many once they are exact. */
const ROUNDS = { few: 20, many: 200 };

/** Finds the indexes that lower the planner's cost of the statements, by planning them with each one in place. */
export async function advise(question: Question): Promise<Advice> {
  const { tables, progress, session } = question;
  const { planned, refused } = await planAll(question);
  const wishes = new Map(planned.flatMap((statement) => wishesIn(statement, question).map((wish) => [wish, statement] as const)));
  const facts = await readFacts(session, [...new Set(Array.from(wishes.keys(), ({ table }) => table))], tables);
  const all = candidatesFor([...wishes.keys()], facts);
  const { worth, refusals } = await sift(all, question);
  const tried = foremost(withoutNeedlessHash(worth, question.limits));
  progress(`Trying candidates: ${tried.length}`);
  const { searchPath } = question;
  const placed = await placeTrials(session, { candidates: tried.map(({ candidate }) => candidate), tables, searchPath });

  const callers = callersOf(placed.trials, tried, wishes);
  const { budget = Number.POSITIVE_INFINITY, leastGain } = question.limits;
  const tooLarge = new Set(placed.trials.filter(({ bytes }) => bytes > budget));
  const ownOf = (statement: Planned) => placed.trials.filter((trial) => callers.get(trial)?.has(statement) && !tooLarge.has(trial));
  const first = plannerIn(question, {
    trials: placed.trials,
    concerned: new Map(planned.map((statement) => [statement, new Set(ownOf(statement))])),
  });
  const { hopes: seen, slight } = await screen(planned, first, { ownOf, leastGain, budget });
  const read = new Set(seen.flatMap(({ rounds }) => rounds.flatMap(({ used }) => used)));
  // Even what is hidden takes the planner time.
  await dropTrials(
    session,
    placed.trials.filter((trial) => !read.has(trial)),
  );
  const trials = await estimateTrials(
    session,
    placed.trials.filter((trial) => read.has(trial)),
    { tables },
  );
  const rounds = seen.flatMap(({ statement, rounds }) => rounds.map((round) => ({ planned: statement, ...measuredIn(round, trials) })));
  const isStale = ({ used }: Round) => used.some(({ candidate }) => candidate.method !== "btree" || holdsExpressions(candidate));
  const calling = callersOf(trials, tried, wishes);
  const planner = plannerIn(question, {
    trials,
    concerned: concerned(planned, calling),
    seen: new Map(planned.map((statement) => [statement, rounds.filter((round) => round.planned === statement && !isStale(round))])),
  });
  await planner.costs(rounds.filter(isStale).map(({ used, planned }) => ({ planned, inPlace: used })));
  progress(`Searching among ${trials.length}`);
  const found = await searchMeasured(question, { statements: planned, trials, planner, callers: calling });

  const weighed = await planTogether(question, planned, { chosen: found.chosen, measured: trials });
  // At its exact size one may lose to another by a little.
  const chosen = found.chosen.filter((trial) => weighed.some(({ used }) => used.includes(trial)));
  const entries = await countTogether(session, { chosen, tables });
  await dropTrials(session, trials);
  return {
    statements: [
      ...weighed.map(({ statement: { number, weight, plan }, plan: after }) => ({
        number,
        weight,
        before: plan.root.totalCost,
        after: after.root.totalCost,
        plans: { before: plan, after },
      })),
      ...refused,
    ].sort((one, other) => one.number - other.number),
    chosen: chosen.map((trial) => ({
      ...(found.exact.get(trial) ?? trial),
      entries: entries.get(trial),
      helps: weighed
        .filter(({ used }) => used.includes(trial))
        .map(({ statement: { number, plan }, plan: after }) => ({ number, before: plan.root.totalCost, after: after.root.totalCost })),
      writtenBy: writersOf(trial, planned, question),
    })),
    refused: [
      ...refusedOf(placed.trials, trials, { ...found, chosen, slight, tooLarge }),
      ...placed.refused.map(({ candidate, message }) => ({ candidate, reason: `Postgres refuses it: ${message}` })),
      ...refusals,
    ],
    before: weighed.reduce((sum, { statement: { weight, plan } }) => sum + weight * plan.root.totalCost, 0),
    after: weighed.reduce((sum, { statement: { weight }, plan }) => sum + weight * plan.root.totalCost, 0),
    limits: [ONLY, ...(chosen.some(({ candidate }) => candidate.keys.length > 1) ? [GUESSED] : [])],
    candidates: all.length,
    untried: worth.length - tried.length,
    explains: planned.length + first.asked + planner.asked,
  };
}

/** Searches with guessed sizes, measures what was chosen, and searches again where that changes what fits: an exact size costs as much as five plans. */
async function searchMeasured(
  { session, tables, limits, isDue = () => false }: Question,
  asked: Pick<Searched, "statements" | "trials" | "planner" | "callers">,
): Promise<Found & { readonly bytes: ReadonlyMap<Trial, number>; readonly exact: ReadonlyMap<Trial, Trial> }> {
  const bytes = new Map(asked.trials.map((trial) => [trial, trial.bytes]));
  const exact = new Map<Trial, Trial>();
  const effort = EFFORT.all + EFFORT.each * asked.statements.length;
  let found = await search({ ...asked, bytes, limits, from: [], effort, rounds: ROUNDS.few, isDue });
  for (let rounds: number = ROUNDS.few; ; ) {
    const guessed = found.chosen.filter((trial) => !exact.has(trial));
    for (const sized of await sizeTrials(session, guessed, { tables })) {
      const trial = guessed.find(({ name }) => name === sized.name);
      if (trial) exact.set(trial, sized) && bytes.set(trial, sized.bytes);
    }
    if (guessed.length === 0 && rounds === ROUNDS.many) return { ...found, bytes, exact };
    if (guessed.length === 0) rounds = ROUNDS.many;
    found = await search({ ...asked, bytes, limits, from: found.chosen, effort, rounds, isDue });
  }
}

/** Where there are too many: of each wish those that it names first, and those that most wishes name. */
function foremost(proposals: readonly Proposal[]): readonly Proposal[] {
  const kept = proposals.toSorted((one, other) => one.rank - other.rank || other.wishes.size - one.wishes.size).slice(0, MOST_CANDIDATES);
  const those = new Set(kept);
  return proposals.filter((proposal) => those.has(proposal));
}

/** A hash index does nothing that a B-tree of the same key does not do too, but for its size: only a budget makes it worth what it cannot do. */
function withoutNeedlessHash(proposals: readonly Proposal[], { budget }: Limits): readonly Proposal[] {
  if (budget !== undefined) return proposals;
  const startOf = ({ candidate: { table, keys } }: Proposal) => `${table.oid} ${keys[0]?.text}`;
  const trees = new Set(proposals.filter(({ candidate }) => candidate.method === "btree").map(startOf));
  return proposals.filter((proposal) => proposal.candidate.method !== "hash" || !trees.has(startOf(proposal)));
}

const measuredIn = ({ used, cost }: Round, measured: readonly Trial[]): Round => ({
  used: used.flatMap((trial) => measured.find(({ name }) => name === trial.name) ?? []),
  cost,
});

const ONLY = "what an index costs at each write is not in these costs";

const GUESSED =
  "how often the values of several columns meet is the planner's guess unless extended statistics tell, and the size of an index on several columns rests on it";

export async function planAll(question: Pick<Question, keyof Place | "statements">) {
  const planned: Planned[] = [];
  const refused: Weighed[] = [];
  for (const { number, statement, weight } of question.statements) {
    const explained = await explain(question, statement);
    if (explained.plan) planned.push({ number, statement, weight, plan: explained.plan });
    else refused.push({ number, weight, refused: explained.refused });
  }
  return { planned, refused };
}

const indexable = new Set(["table", "partitioned table", "materialized view"]);

export function wishesIn({ statement, plan }: Planned, { tables, find }: Pick<Question, "tables" | "find">): readonly Wish[] {
  const root = (table: Table) => rootOf(table, tables);
  const inPlan = ({ schema, name }: { readonly schema: string | undefined; readonly name: string }) => {
    const table = tables.find((candidate) => candidate.schema === schema && candidate.name === name);
    return table && root(table);
  };
  const asked = [askedByPlan(plan, inPlan, constantsOf(statement)), ...askedByText(readQuery(statement, find), root)];
  return asked.flatMap(wishesOf).filter(({ table }) => indexable.has(table.kind));
}

const writersOf = ({ candidate }: Trial, planned: readonly Planned[], { tables, find }: Question) =>
  planned
    .filter(({ statement }) =>
      relationsOf(statement).some((relation) => {
        const table = relation.target ? find(relation) : undefined;
        return table && rootOf(table, tables) === candidate.table;
      }),
    )
    .map(({ number }) => number);

/** Of the cost of a statement: less is within what estimates are off by. */
export const LEAST_GAIN = 0.05;
