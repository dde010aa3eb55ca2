import type { Table } from "../catalog/tables.ts";
import type { Plan } from "../plan/plan.ts";
import type { Statement } from "../sql/parse.ts";
import { placeholdersOf } from "../sql/relations.ts";
import { wishesIn } from "./advise.ts";
import type { Candidate } from "./candidate.ts";
import { candidatesFor, type Proposal } from "./candidates.ts";
import { readFacts } from "./column-facts.ts";
import { explain, type Place } from "./planner.ts";
import { sift } from "./refusals.ts";
import { rootOf } from "./script.ts";
import { dropTrials, estimateTrials, holdsExpressions, placeTrials } from "./trial.ts";

interface Question extends Place {
  readonly tables: readonly Table[];
  find(written: { readonly schema?: string | undefined; readonly name: string }): Table | undefined;
  readonly statement: Statement;
  /** By the twin, without any candidate. */
  readonly plan: Plan;
  /** As "schema.name": those on which an index is looked for. */
  readonly promising: ReadonlySet<string>;
  /** Share of the statement's cost. */
  readonly leastGain: number;
}

/** Indexes that one plan reads together. */
export interface Glimpse {
  readonly chosen: readonly { readonly candidate: Candidate; readonly names: readonly string[]; readonly bytes: number }[];
  /** With them; undefined where it is hardly cheaper. */
  readonly plan: Plan | undefined;
  /** Candidates that were not tried. */
  readonly left: number;
}

/** Each takes the twin some 3 ms of CPU to place. */
const MOST = 3;

/**
 * Tries the few candidates of one statement that are likeliest to help, in one plan and at sizes that are a first guess: some
 * 25 ms of CPU for a join of three tables, where `advise` takes four times as long to find the best of all.
 */
export async function glance(question: Question): Promise<Glimpse | undefined> {
  const { session, searchPath, tables, statement, plan, promising, leastGain } = question;
  const isMeant = (table: Table) => tables.some((each) => promising.has(`${each.schema}.${each.name}`) && rootOf(each, tables) === table);
  const wishes = wishesIn({ number: 1, weight: 1, statement, plan }, question).filter(({ table }) => isMeant(table));
  if (wishes.length === 0) return undefined;
  const facts = await readFacts(session, [...new Set(wishes.map(({ table }) => table))], tables);
  const { worth } = await sift(candidatesFor(wishes, facts), { tables });
  const likely = foremost(worth);
  if (likely.length === 0) return undefined;
  const placed = await placeTrials(session, { candidates: likely.map(({ candidate }) => candidate), tables, searchPath });
  const isPlain = !placed.trials.some(({ candidate }) => holdsExpressions(candidate));
  const trials = isPlain ? placed.trials : await estimateTrials(session, placed.trials, { tables });
  const generic = placeholdersOf(statement).length > 0;
  const [told] = await session.costs([], [{ sql: statement.text, searchPath, generic, shown: [] }]);
  const pays = told?.refused === undefined && (told?.cost ?? Number.POSITIVE_INFINITY) <= plan.root.totalCost * (1 - leastGain);
  const after = pays ? (await explain({ session, searchPath }, statement)).plan : undefined;
  await dropTrials(session, placed.trials);
  const read = new Set(after?.nodes.flatMap(({ index }) => index ?? []));
  const used = trials.filter(({ names }) => names.some((name) => read.has(name)));
  return {
    plan: after,
    left: worth.length - likely.length,
    chosen: used.map(({ candidate, names, bytes }) => ({ candidate, names, bytes })),
  };
}

/** What each wish names first, of every table in turn; a tree that carries columns along is for who has time to weigh it. */
function foremost(proposals: readonly Proposal[]): readonly Proposal[] {
  const plain = proposals.filter(({ candidate: { include, method } }) => include.length === 0 && method !== "hash");
  const ordered = plain.toSorted((one, other) => one.rank - other.rank || other.wishes.size - one.wishes.size);
  const place = (proposal: Proposal) => ordered.filter(({ candidate }) => candidate.table === proposal.candidate.table).indexOf(proposal);
  return ordered.toSorted((one, other) => place(one) - place(other)).slice(0, MOST);
}
