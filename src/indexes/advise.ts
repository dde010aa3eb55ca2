import type { Table } from "../catalog/tables.ts";
import type { Refused } from "../error.ts";
import type { Statement } from "../sql/parse.ts";
import { readQuery } from "../sql/query.ts";
import { nameOf } from "../sql/quote.ts";
import { relationsOf } from "../sql/relations.ts";
import { askedByPlan } from "./asked-by-plan.ts";
import { askedByText } from "./asked-by-text.ts";
import type { Candidate } from "./candidate.ts";
import { candidatesFor, type Existing, existingOf, servedBy } from "./candidates.ts";
import { keysSql } from "./key.ts";
import { type Cost, explain, type Place, type Planned, plannerIn } from "./planner.ts";
import { leavesOf, rootOf } from "./script.ts";
import { type Limits, type Reason, search } from "./search.ts";
import { createTrials, dropTrials, type Trial } from "./trial.ts";
import { type Wish, wishesOf } from "./wishes.ts";

export interface Question extends Place {
  readonly tables: readonly Table[];
  find(written: { readonly schema?: string | undefined; readonly name: string }): Table | undefined;
  readonly statements: readonly { readonly number: number; readonly statement: Statement; readonly weight: number }[];
  readonly limits: Limits;
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
}

/** A statement with the planner's cost of one call, without and with the chosen indexes. */
export type Weighed = { readonly number: number; readonly weight: number } & (
  | { readonly before: number; readonly after: number; readonly refused?: undefined }
  | { readonly refused: Refused }
);

export interface Chosen {
  readonly candidate: Candidate;
  readonly bytes: number;
  /** The statements whose plan reads it once all chosen ones are there. */
  readonly helps: readonly { readonly number: number; readonly before: number; readonly after: number }[];
  /** Statements that write to its table. */
  readonly writtenBy: readonly number[];
}

export interface Refusal {
  readonly candidate: Candidate;
  readonly reason: string;
}

/** One thing at a time is tried of at most so many. */
const MOST_CANDIDATES = 200;

/** Finds the B-trees that lower the planner's cost of the statements, by planning them with each one in place. */
export async function advise(question: Question): Promise<Advice> {
  const { tables, progress } = question;
  const { planned, refused } = await planAll(question);
  const wishes = planned.map((statement) => ({ statement, wishes: wishesIn(statement, question) }));
  const all = candidatesFor(wishes.flatMap((each) => each.wishes));
  const { worth, refusals } = await sift(all, question);
  const tried = worth.slice(0, MOST_CANDIDATES);
  progress(`Sizing candidates: ${tried.length}`);
  const { trials, refused: impossible } = await createTrials(question.session, { candidates: tried, tables });

  const touched = new Map(planned.map((statement) => [statement, tablesOf(statement, question)]));
  const planner = plannerIn(question, (statement, trial) => touched.get(statement)?.has(trial.candidate.table) ?? false);
  progress(`Planning with candidates: ${trials.length}`);
  const found = await search(planned, trials, planner, question.limits);

  const weighed: (Cost & { readonly statement: Planned })[] = [];
  for (const statement of planned) weighed.push({ statement, ...(await planner.cost(statement, found.chosen)) });
  await dropTrials(question.session, trials);
  return {
    statements: [
      ...weighed.map(({ statement: { number, weight, plan }, cost }) => ({ number, weight, before: plan.root.totalCost, after: cost })),
      ...refused,
    ].sort((one, other) => one.number - other.number),
    chosen: found.chosen.map((trial) => ({
      candidate: trial.candidate,
      bytes: trial.bytes,
      helps: weighed
        .filter(({ used }) => used.includes(trial))
        .map(({ statement: { number, plan }, cost }) => ({ number, before: plan.root.totalCost, after: cost })),
      writtenBy: writersOf(trial, planned, question),
    })),
    refused: [
      ...inOrder(found.refused).map(({ trial, reason }) => ({ candidate: trial.candidate, reason: said(reason) })),
      ...impossible.map(({ candidate, message }) => ({ candidate, reason: `Postgres refuses it: ${message}` })),
      ...refusals,
    ],
    before: weighed.reduce((sum, { statement: { weight, plan } }) => sum + weight * plan.root.totalCost, 0),
    after: weighed.reduce((sum, { statement: { weight }, cost }) => sum + weight * cost, 0),
    limits: [ONLY, ...(found.chosen.some(({ candidate }) => candidate.keys.length > 1) ? [GUESSED] : [])],
    candidates: all.length,
    untried: worth.length - tried.length,
  };
}

const ONLY =
  "only B-trees of one to three plain columns were tried: no partial, expression, covering or GIN index; what an index costs at each write is not in these costs";

const GUESSED =
  "how often the values of several columns meet is the planner's guess unless extended statistics tell, and the size of an index on several columns rests on it";

async function planAll(question: Question) {
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

function wishesIn({ statement, plan }: Planned, { tables, find }: Question): readonly Wish[] {
  const root = (table: Table) => rootOf(table, tables);
  const inPlan = ({ schema, name }: { readonly schema: string | undefined; readonly name: string }) => {
    const table = tables.find((candidate) => candidate.schema === schema && candidate.name === name);
    return table && root(table);
  };
  const asked = [askedByPlan(plan, inPlan), ...askedByText(readQuery(statement, find), root)];
  return asked.flatMap(wishesOf).filter(({ table }) => indexable.has(table.kind));
}

/** Without the twin: what an index that is there does already, tables that one read takes in whole, and tables of which nobody knows the size. */
async function sift(all: readonly Candidate[], { tables }: Question) {
  const existing = new Map<Table, readonly Existing[]>();
  for (const table of new Set(all.map((candidate) => candidate.table))) existing.set(table, await existingOf(table));
  const refusals: Refusal[] = [];
  const worth: Candidate[] = [];
  for (const candidate of all) {
    const parts = leavesOf(candidate.table, tables);
    const server = servedBy(candidate, existing.get(candidate.table) ?? []);
    if (server) refusals.push({ candidate, reason: `served by ${server.name}` });
    else if (parts.every(isUnknown)) refusals.push({ candidate, reason: "nobody knows how many rows its table has" });
    else if (parts.every(isOnePage)) refusals.push({ candidate, reason: "one page, a scan is cheaper" });
    else worth.push(candidate);
  }
  return { worth, refusals };
}

const isOnePage = ({ size }: Table) => size.blocks <= 1;

/** The planner takes ten pages for such a table (`table_block_relation_estimate_size` in src/backend/access/table/tableam.c). */
const isUnknown = ({ rows, size }: Table) => rows === undefined && size.blocks === 0;

function tablesOf({ plan, statement }: Planned, { tables, find }: Question): ReadonlySet<Table> {
  const read = plan.nodes.flatMap(({ relation }) =>
    tables.filter(({ schema, name }) => relation?.schema === schema && relation.name === name),
  );
  const named = relationsOf(statement).flatMap((relation) => find(relation) ?? []);
  return new Set([...read, ...named].map((table) => rootOf(table, tables)));
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

export const SMALL_GAIN = "gain below 5 % of any statement";
export const NOT_USED = "the planner does not use it";

const kinds: readonly Reason["kind"][] = ["over budget", "too many", "served", "small gain", "not used"];

const inOrder = <Item extends { readonly reason: Reason }>(refused: readonly Item[]): readonly Item[] =>
  kinds.flatMap((kind) => refused.filter(({ reason }) => reason.kind === kind));

function said(reason: Reason): string {
  switch (reason.kind) {
    case "served":
      return `served by ${nameOf(reason.by.candidate.table.schema, reason.by.candidate.table.name)} (${keysSql(reason.by.candidate.keys)})`;
    case "small gain":
      return SMALL_GAIN;
    case "not used":
      return NOT_USED;
    case "over budget":
      return "over the budget";
    case "too many":
      return "pays, but less than those chosen";
  }
}
