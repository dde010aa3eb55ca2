import type { Table } from "../catalog/tables.ts";
import { advise } from "../indexes/advise.ts";
import type { Candidate } from "../indexes/candidate.ts";
import { explain, type Place } from "../indexes/planner.ts";
import type { Limits } from "../indexes/solve.ts";
import { dropTrials, placeAgain, type Trial } from "../indexes/trial.ts";
import type { PlanNode } from "../plan/plan.ts";
import { parseStatements, type Statement } from "../sql/parse.ts";
import { type Query, readQuery } from "../sql/query.ts";
import { nameOf, quote } from "../sql/quote.ts";
import { functionsOf } from "../sql/relations.ts";
import type { Session } from "../twin/twin.ts";
import type { Compared } from "./answers.ts";
import { compare } from "./check.ts";
import { isComparable, isLimited } from "./comparable.ts";
import { inCallersWords } from "./in-callers-words.ts";
import { patterns } from "./patterns.ts";
import { restsOn } from "./rests-on.ts";
import type { Calls, Draft } from "./rewrite.ts";
import { viewsOf } from "./views.ts";

export interface Question extends Place {
  readonly statement: Statement;
  readonly tables: readonly Table[];
  find(written: { readonly schema?: string | undefined; readonly name: string }): Table | undefined;
  /** Indexes that the statement is to have, on top of those of `tables`: placed again. */
  readonly inPlace: readonly Trial[];
  /** What may be spent on indexes that only the rewritten statement would use; none of them unless told. */
  readonly limits?: Limits;
  /** Tables that get no index. */
  readonly leaveAlone?: ReadonlySet<Table>;
  /** Whether the answer is due. */
  readonly isDue?: () => boolean;
}

/** Another way to write a statement that is cheaper to plan. Nobody has compared the rows yet. */
export interface Cheaper {
  readonly query: Query<Table>;
  readonly pattern: string;
  readonly draft: Draft;
  readonly sql: string;
  /** Of the statement and of the rewritten one, with the indexes in place. */
  readonly costBefore: number;
  readonly costAfter: number;
  /** The planner's own cost of the statement, where that is not `costBefore`: it expects a LIMIT to be met sooner than the branches of the rewritten one say. */
  readonly expected?: number;
  /** That the rewritten statement needs besides. They are in both costs. */
  readonly indexes: readonly Candidate[];
}

export interface Rewrite extends Omit<Cheaper, "query" | "draft"> {
  /** `costBefore` over `costAfter`. */
  readonly factor: number;
  /** Generated data sets on which both were run, and on which both returned the same rows. */
  readonly checked: { readonly dataSets: number; readonly same: number };
  /** A constraint that the schema does not have and without which the rows may differ. */
  readonly holdsIf?: string;
  /** Constraints that the schema has, and without which the rows may differ. */
  readonly restsOn: readonly string[];
  /** What the program that sends the statement has to do otherwise. */
  readonly contract?: string;
}

/** How much cheaper a rewritten statement has to be: less is not worth another text. */
export const LEAST_FACTOR = 2;

/** The cheapest first, each at least {@link LEAST_FACTOR} cheaper in the twin. Nothing is asked of it where no pattern fits. */
export async function cheaperRewrites(question: Question): Promise<readonly Cheaper[]> {
  const { statement, find, session, searchPath, tables, inPlace, limits } = question;
  const query = readQuery(statement, find);
  const drafts = await draftsOf(query, tables, session);
  if (drafts.length === 0) return [];
  const trials = await placeAgain(session, inPlace, { tables, searchPath, from: IN_PLACE });
  const placed = await costs(question, query, drafts);
  const enough = placed.filter(isWorth);
  const found = [...enough];
  const left = limits && enough.length === 0 ? byPattern(placed) : [];
  for (const alike of left) found.push(...(await withIndexes(question, alike)));
  await dropTrials(session, trials);
  return found.sort((one, other) => one.costAfter - other.costAfter);
}

const byPattern = (all: readonly Cheaper[]): readonly (readonly Cheaper[])[] =>
  [...new Set(all.map(({ pattern }) => pattern))].map((name) => all.filter(({ pattern }) => pattern === name));

/** The first number in the names of candidates: others come and go meanwhile. */
const IN_PLACE = 1001;
const BESIDES = 2001;

const isWorth = ({ costBefore, costAfter }: Cheaper) => costBefore >= LEAST_FACTOR * costAfter;

/** `tables`: all that are known of the database. */
export async function draftsOf(query: Query<Table>, tables: readonly Table[], session: Session): Promise<readonly Named[]> {
  const views = await viewsOf(query, tables);
  if (!views || !isComparable(query, views)) return [];
  const calls = await readCalls(session, [query, ...views]);
  if (calls.volatile.size > 0 || (calls.setReturning.size > 0 && query.levels.some(isLimited))) return [];
  return patterns.flatMap(({ name, drafts }) => Array.from(drafts(query, calls, tables), (draft) => ({ ...draft, pattern: name })));
}

interface Called {
  readonly name: string;
  readonly kind: string;
  readonly volatile: boolean;
  readonly set: boolean;
}

async function readCalls(session: Session, queries: readonly Query<Table>[]): Promise<Calls> {
  const names = [...new Set(queries.flatMap(({ statement }) => functionsOf(statement)).map(({ name }) => name))];
  const called =
    names.length === 0
      ? []
      : await session.read<Called>(
          `select p.proname::pg_catalog.text as name, p.prokind::pg_catalog.text as kind, p.provolatile = 'v' as volatile, p.proretset as set
             from pg_catalog.pg_proc p where p.proname = any ($1::pg_catalog.name[])`,
          [`{${names.map((name) => `"${name.replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`],
        );
  const namesOf = (is: (call: Called) => boolean) => new Set(called.filter(is).map(({ name }) => name));
  return {
    aggregates: namesOf(({ kind }) => kind === "a"),
    volatile: namesOf(({ volatile }) => volatile),
    setReturning: namesOf(({ set }) => set),
  };
}

type Named = Draft & { readonly pattern: string };

async function costs(place: Place, query: Query<Table>, drafts: readonly Named[]): Promise<readonly Cheaper[]> {
  const before = await plan(place, query.statement.text);
  if (!before) return [];
  const found: Cheaper[] = [];
  const counts = new Map<string, PlanNode | undefined>();
  for (const { pattern, ...draft } of drafts) {
    const after = await plan(place, draft.sql);
    if (!after) continue;
    if (draft.all !== undefined && !counts.has(draft.all)) counts.set(draft.all, await plan(place, draft.all));
    const all = counts.get(draft.all ?? "");
    const cost = all ? costUntil(before, all.planRows) : before.totalCost;
    found.push({
      query,
      pattern,
      draft,
      sql: draft.sql,
      costBefore: cost,
      costAfter: after.totalCost,
      ...(cost !== before.totalCost && { expected: before.totalCost }),
      indexes: [],
    });
  }
  return found;
}

async function plan(place: Place, sql: string): Promise<PlanNode | undefined> {
  const [statement] = await parseStatements(sql);
  return statement && (await explain(place, statement)).plan?.root;
}

/**
 * What a plan costs that stops at a LIMIT, if what is below finds `rows` in all. The planner has a guess of its own: it takes every
 * second row to meet an IN that is one side of an OR (`boolvarsel` in src/backend/utils/adt/selfuncs.c), and so
 * expects to stop at once. What it says of each side by itself rests on statistics.
 */
function costUntil({ type, totalCost, planRows, children: [below] }: PlanNode, rows: number): number {
  if (type !== "Limit" || !below || rows >= below.planRows) return totalCost;
  const share = Math.min(1, planRows / Math.max(1, rows));
  return Math.max(totalCost, below.startupCost + share * (below.totalCost - below.startupCost));
}

/** Share of the cost of the rewritten statement that such an index has to save: each is one more to keep up to date, for one text. */
const LEAST_GAIN = 0.5;

/** An index that the statement has no use for may be what the rewritten one lives on. What serves one draft of a pattern serves the others. */
async function withIndexes(question: Question, placed: readonly Cheaper[]): Promise<readonly Cheaper[]> {
  const { session, searchPath, tables, find, limits, leaveAlone, isDue } = question;
  const [best] = [...placed].sort((one, other) => one.costAfter - other.costAfter);
  const [statement] = best ? await parseStatements(best.sql) : [];
  if (!best || !statement || !limits) return [];
  const statements = [{ number: 1, statement, weight: 1 }];
  const { chosen } = await advise({
    ...{ session, searchPath, tables, find, statements, progress: () => undefined },
    limits: { ...limits, leastGain: Math.max(limits.leastGain, LEAST_GAIN) },
    ...(leaveAlone && { leaveAlone }),
    ...(isDue && { isDue }),
  });
  if (chosen.length === 0) return [];
  const trials = await placeAgain(session, chosen, { tables, searchPath, from: BESIDES });
  const drafts = placed.map(({ draft, pattern }) => ({ ...draft, pattern }));
  const found = await costs(question, best.query, drafts);
  await dropTrials(session, trials);
  const indexes = chosen.map(({ candidate }) => candidate);
  return found.filter(isWorth).map((each) => ({ ...each, indexes }));
}

export interface Check {
  readonly tables: readonly Table[];
  readonly searchPath: readonly string[];
  /** In a worker of its own that holds the schema, and no statistics: one for all statements of an answer. */
  readonly scratch: Session;
  readonly dataSets?: number;
}

/** Rewritten statements that are run on generated rows, the cheapest first. */
const MOST_CHECKED = 3;
const DATA_SETS = 16;
/** Data sets on which the statement has to give an answer, and no error. */
const LEAST_RUN = 12;
/** Data sets on which the statement has to return a row: agreeing on nothing says nothing. */
const LEAST_WITH_ROWS = 3;

/** What came of running a statement and its drafts on generated rows. Plain data: the same schema and texts give the same. */
export interface Outcome {
  /** In the order of {@link triedOf}. */
  readonly compared: readonly (Compared | undefined)[];
  readonly calls: Calls;
}

/** Those that are run, one of each pattern before two of one. */
export function triedOf(cheaper: readonly Cheaper[]): readonly Cheaper[] {
  const isFirst = ({ pattern }: Cheaper, place: number) => cheaper.findIndex((other) => other.pattern === pattern) === place;
  return [...cheaper.filter(isFirst), ...cheaper.filter((each, place) => !isFirst(each, place))].slice(0, MOST_CHECKED);
}

export async function checkRewrites(tried: readonly Cheaper[], check: Check): Promise<Outcome> {
  const { scratch, tables, searchPath, dataSets = DATA_SETS } = check;
  const [first] = tried;
  if (!first) return { compared: [], calls: await readCalls(scratch, []) };
  const rewritten = tried.map(({ draft }) => draft);
  const compared = await compare(scratch, { query: first.query, tables, searchPath, rewritten, dataSets });
  return { compared, calls: await readCalls(scratch, [first.query]) };
}

/** Those that returned the same rows as the original on every generated data set, one of each pattern. */
export function sameRows(tried: readonly Cheaper[], { compared, calls }: Outcome, tables: readonly Table[]): readonly Rewrite[] {
  const same = tried.flatMap(({ query, draft, ...rewrite }, place): readonly Rewrite[] => {
    const { dataSets: run = 0, same: alike = 0, withRows = 0, answers = 0 } = compared[place] ?? {};
    if (alike < run || run < LEAST_RUN || withRows < LEAST_WITH_ROWS || answers < 2) return [];
    const factor = rewrite.costBefore / rewrite.costAfter;
    return [
      {
        ...rewrite,
        factor,
        checked: { dataSets: run, same: alike },
        restsOn: restsOn({ draft, pattern: rewrite.pattern, query, tables, calls }),
        ...inCallersWords({ ...draft, ...assumedIn(draft) }, query.statement),
      },
    ];
  });
  return same
    .filter(({ pattern }, place) => same.findIndex((other) => other.pattern === pattern) === place)
    .sort((one, other) => one.costAfter - other.costAfter);
}

function assumedIn({ assumes = [], holdsIf }: Draft): Pick<Draft, "holdsIf"> {
  const columns = assumes.map(({ table, column }) => `${nameOf(table.schema, table.name)}.${quote(column)} is never NULL`);
  const all = [...new Set([...columns, ...(holdsIf === undefined ? [] : [holdsIf])])];
  return all.length === 0 ? {} : { holdsIf: all.join(" and ") };
}
