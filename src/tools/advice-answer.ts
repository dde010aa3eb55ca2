import type { Advice, Chosen, Weighed } from "../indexes/advise.ts";
import type { AssumedAdvice, Depending } from "../indexes/assumed.ts";
import { shapeOf } from "../indexes/candidate.ts";
import { keySql } from "../indexes/key.ts";
import { NOT_USED, type Refusal, SMALL_GAIN } from "../indexes/refusals.ts";
import { scriptFor } from "../indexes/script.ts";
import type { Tried } from "../indexes/try.ts";
import { nameOf } from "../sql/quote.ts";
import { listed, rounded, TRIAL } from "./advice-statements.ts";
import { verdictOf } from "./advice-verdict.ts";
import type { ResponseFormat } from "./answer.ts";
import type { Sorted, Statements } from "./asked-statements.ts";
import { confidenceIn } from "./confidence.ts";
import { pricedIn } from "./priced.ts";
import { checkedRewrites, type Drafted } from "./rewritten.ts";
import type { Subject } from "./schema.ts";
import type { Output } from "./suggest-indexes.ts";
import { assumptionLimits, wayToStatistics } from "./text-limits.ts";
import type { Context } from "./tool.ts";
import { triedOf } from "./tried-indexes.ts";

/** A question as far as it was read before anything was planned. */
export interface Advised {
  readonly subject: Subject;
  readonly statements: Statements;
  readonly sorted: Sorted;
  /** Share of a statement's cost. */
  readonly leastGain: number;
  readonly format: ResponseFormat;
}

/** Refused candidates in the answer; a concise text shows fewer. */
const MOST_REFUSED = 30;

/** What was found of it. */
export interface Found {
  readonly advice: Advice | AssumedAdvice;
  readonly tried: Tried | undefined;
  readonly judged: Pick<Output, "existing" | "limits"> | undefined;
  readonly drafted: readonly Drafted[];
  isDue(): boolean;
}

const DUE = "the search ended when the answer was due: this is the best that was found until then";

export async function answer(asked: Advised, found: Found, context: Context): Promise<Output> {
  const { subject, statements, format } = asked;
  const { advice, tried, judged, drafted, isDue } = found;
  const wasDue = isDue();
  const { basis, catalog, limits } = subject;
  const told = subject.sizes === "measured" && basis.statistics !== "none";
  const taken = new Set(catalog.tables.flatMap(({ indexes }) => indexes.map(({ name }) => name)));
  const sums = told ? { cost_before: rounded(advice.before), cost_after: rounded(advice.after) } : {};
  const names = new Map<string, string>();
  const indexes: Output["indexes"] = [];
  for (const chosen of advice.chosen) indexes.push(await indexOf(chosen, { ...asked, taken, told, names }));
  const { depending = [], spreads = 1 }: Partial<AssumedAdvice> = advice;
  const planned = advice.statements.filter(({ refused }) => refused === undefined).length;
  const next = wayToStatistics(subject, format) ?? nextFor(advice, planned);
  return {
    basis,
    examined: {
      ...examinedIn(asked, advice.statements),
      candidates: advice.candidates,
      skipped: [...skippedIn(asked), ...(advice.untried > 0 ? [`${advice.untried} candidates: ask about fewer statements at once`] : [])],
    },
    verdict: verdictOf(advice, { ...sums, planned, told, leastGain: asked.leastGain, spreads }),
    indexes,
    ...sums,
    ...(depending.length > 0 && { depending: depending.map((each) => dependingOf(each, { asked, taken, spreads })) }),
    refused: advice.refused.slice(0, MOST_REFUSED).map((refusal) => refusedOf(refusal, told)),
    ...listed(asked, advice.statements, { told, names }),
    ...(tried && { tried: await triedOf(tried, { subject, given: statements.given, told }) }),
    rewrites: await checkedRewrites({ drafted, subject, told, taken, isDue }, context),
    existing: judged?.existing ?? [],
    limits: [
      ...(wasDue ? [DUE] : []),
      ...statements.limits,
      ...limits,
      ...(judged?.limits ?? []),
      ...assumptionLimits(subject.assumptions, format),
      ...advice.limits,
    ],
    ...(next !== undefined && { next }),
  };
}

const REHEARSE = "migration_checklist with the statements that you take, to see what they lock and what stands in their way now";
const WHY_NONE = "analyze_query with a statement, to see what keeps an index from serving it";

function nextFor({ chosen }: Advice, planned: number): string | undefined {
  if (planned === 0) return undefined;
  return chosen.length === 0 ? WHY_NONE : REHEARSE;
}

type Examined = Omit<Output["examined"], "candidates" | "skipped">;

/** What was looked at, and of a server's own workload how much of it that is. */
export function examinedIn({ subject, statements: { given, counted }, sorted: { idle } }: Advised, weighed: readonly Weighed[]): Examined {
  const { tables } = subject.catalog;
  const planned = new Set(weighed.flatMap(({ number, refused }) => (refused === undefined ? [number] : [])));
  const shared = {
    planned: planned.size,
    tables: tables.length,
    indexes: tables.reduce((sum, table) => sum + table.indexes.length, 0),
  };
  if (!counted) return { statements: given.length, ...shared };
  const seen = given.filter(({ number }) => planned.has(number) || idle.has(number));
  const calls = seen.reduce((sum, { weight }) => sum + weight, 0);
  const time = seen.reduce((sum, each) => sum + (each.time ?? 0), 0);
  return {
    statements: counted.statements,
    ...shared,
    calls_covered: percent(calls, counted.calls),
    time_covered: percent(time, counted.time),
    ...(counted.since !== undefined && { since: counted.since }),
  };
}

/** Rounded down: what is missing is not rounded away. */
const percent = (part: number, whole: number) => (whole === 0 ? 100 : Math.floor((part / whole) * 100));

function skippedIn({ statements: { counted }, sorted: { idle } }: Advised): readonly string[] {
  if (!counted) return [];
  const { left, unreadable } = counted;
  return [
    ...(idle.size > 0 ? [`${idle.size} that read no table of yours`] : []),
    ...(left > 0 ? [`${left} that took least time`] : []),
    ...(unreadable > 0 ? [`${unreadable} whose text is no whole statement`] : []),
  ];
}

interface Telling extends Advised {
  /** Names of indexes that are there or promised; the new ones are added. */
  readonly taken: Set<string>;
  readonly told: boolean;
  /** What the new ones are called in the twin, and what in the answer. */
  readonly names: Map<string, string>;
}

async function indexOf(chosen: Chosen, { subject, statements, taken, told, names }: Telling): Promise<Output["indexes"][number]> {
  const { candidate, bytes, helps } = chosen;
  const { table, keys, method, include, where } = candidate;
  const { name, sql, undo, notes } = scriptFor({ candidate, tables: subject.catalog.tables, taken });
  for (const own of chosen.names) if (own.startsWith(TRIAL)) names.set(own, name);
  return {
    sql,
    undo,
    table: nameOf(table.schema, table.name).toString(),
    method,
    columns: keys.map(keySql),
    include: [...include],
    ...(where !== undefined && { where }),
    ...(told && { bytes }),
    helps: helps.map(({ number, before, after }) => ({
      statement: number,
      ...(told && { cost_before: rounded(before), cost_after: rounded(after) }),
    })),
    ...(await pricedIn({ chosen, sql, subject, given: statements.given, told })),
    ...confidenceIn(chosen, subject),
    notes: [...candidate.notes, ...notes],
  };
}

interface Spreads {
  readonly asked: Advised;
  readonly taken: Set<string>;
  readonly spreads: number;
}

/** Whether it is worth it, the values decide. */
function dependingOf({ candidate, chosen, columns, query }: Depending, { asked, taken, spreads }: Spreads) {
  const { sql, undo } = scriptFor({ candidate, tables: asked.subject.catalog.tables, taken });
  return { sql, undo, chosen, spreads, columns: [...columns], check: query };
}

/** What plans on assumed values say of a candidate. */
const withoutNumbers: ReadonlyMap<string, string> = new Map([
  [SMALL_GAIN, "little gain, if values are spread as assumed"],
  [NOT_USED, "not used, if values are spread as assumed"],
]);

function refusedOf({ candidate, reason }: Refusal, told: boolean): Output["refused"][number] {
  const { table, keys } = candidate;
  return {
    table: nameOf(table.schema, table.name).toString(),
    columns: keys.map(keySql),
    shape: shapeOf(candidate),
    reason: told ? reason : (withoutNumbers.get(reason) ?? reason),
  };
}

/** Every cost would be invented: how large tables are decides whether an index is read at all. */
export function withoutSizes(asked: Advised): Output {
  const { subject, statements, format } = asked;
  const { basis, catalog, limits } = subject;
  const way = wayToStatistics(subject, format);
  const counted = catalog.tables.filter(
    ({ kind, partition }) => partition.bound === undefined && (kind === "table" || kind === "partitioned table"),
  );
  const names = counted.map((table) => nameOf(table.schema, table.name).toString());
  return {
    basis,
    examined: { ...examinedIn(asked, []), candidates: 0, skipped: ["every candidate: sizes are unknown"] },
    verdict: "No index was tried: whether one pays depends on how many rows the tables have, and nobody said.",
    indexes: [],
    refused: [],
    rewrites: [],
    existing: [],
    ...listed(asked, [], { told: false, names: new Map() }),
    limits: [...statements.limits, ...limits],
    next: `suggest_indexes with row_counts: { ${names.map((name) => `${name}: <rows>`).join(", ")} }${way === undefined ? "" : `; ${way}`}`,
  };
}
