import * as z from "zod";
import type { Catalog } from "../catalog/catalog.ts";
import type { Finding } from "../finding.ts";
import { advise, LEAST_GAIN } from "../indexes/advise.ts";
import type { Attempt } from "../indexes/attempts.ts";
import type { Candidate } from "../indexes/candidate.ts";
import { glance } from "../indexes/glance.ts";
import { promising } from "../indexes/promising.ts";
import { scriptFor } from "../indexes/script.ts";
import { type Tried, tryIndexes } from "../indexes/try.ts";
import { changesBetween } from "../plan/changes.ts";
import type { Plan } from "../plan/plan.ts";
import { planTree } from "../plan/tree.ts";
import { isMisjudged } from "../rewrites/misjudged.ts";
import { cheaperRewrites } from "../rewrites/rewrites-for.ts";
import type { Statement } from "../sql/parse.ts";
import { nameOf } from "../sql/quote.ts";
import { rounded, TRIAL } from "./advice-statements.ts";
import { size, written } from "./advice-verdict.ts";
import { count, type ResponseFormat } from "./answer.ts";
import { planIn } from "./query-plan.ts";
import { type Drafted, wholeCatalog } from "./rewritten.ts";
import type { Subject } from "./schema.ts";
import type { Context } from "./tool.ts";

const cost = z.number().optional().describe("Of the statement, in the planner's units, which are not time");

export const indexes = z.array(
  z.object({
    statement: z.int(),
    sql: z.string(),
    undo: z.string(),
    table: z.string(),
    bytes: z.number().optional(),
    cost_before: cost,
    cost_after: cost.describe("With all indexes for the statement that are listed here"),
    plan_changes: z.array(z.string()),
    plan_after: z.string().optional(),
  }),
);
export type IndexesTold = z.infer<typeof indexes>;

/** What could be better about one statement. */
export interface Improvement {
  readonly number: number;
  readonly before: Plan;
  readonly after: Plan;
  /** Indexes that the planner reads once they are there. */
  readonly chosen: readonly { readonly candidate: Candidate; readonly names: readonly string[]; readonly bytes: number }[];
  /** Other texts of it, whose rows nobody has compared yet. */
  readonly drafted: readonly Drafted[];
  /** What was not looked for, and why. */
  readonly skipped: readonly string[];
}

export interface Asked {
  readonly number: number;
  readonly statement: Statement;
  /** That the twin made, if it was asked already. */
  readonly plan: Plan | undefined;
}

/** A dozen look-ups of one row by B-tree (8.4 each): nothing that is left to gain is worth an index or another text. */
export const CHEAP = 100;
export const isDear = ({ root }: Plan) => root.totalCost >= CHEAP;
export const LITTLE = `indexes and rewrites: a plan that costs under ${CHEAP} has little to gain`;
/** Of the statement's cost, that indexes have to save: each is one more to keep up to date, for one statement. */
const LEAST = 0.2;
const MOST_INDEXES = 3;
const MOST_BESIDES = 2;

/** The dear statements only: each index and each other text is weighed against the statement as it is. What the few likeliest indexes bring, or in a detailed answer the best of all. */
export async function improve(asked: Asked, subject: Subject, format: ResponseFormat): Promise<Improvement | undefined> {
  const { number, statement } = asked;
  const before = asked.plan ?? (await planIn(subject, statement)).plan;
  if (!before) return undefined;
  const nothing = { number, before, after: before, chosen: [], drafted: [] };
  const isCheap = !isDear(before);
  if (isCheap && !isMisjudged(statement)) return { ...nothing, skipped: [LITTLE] };
  const found = isCheap ? { chosen: [], skipped: [] } : await indexesFor({ number, statement, plan: before }, subject, format);
  const { session, directory, catalog, find } = subject;
  const cheaper = await cheaperRewrites({
    session,
    searchPath: directory.settings.searchPath,
    statement,
    tables: catalog.tables,
    find,
    inPlace: [],
    limits: { budget: undefined, mostIndexes: MOST_BESIDES, leastGain: LEAST_GAIN },
  });
  return {
    ...nothing,
    after: before,
    ...found,
    drafted: cheaper.length > 0 ? [{ number, cheaper, catalog: await wholeCatalog(subject) }] : [],
  };
}

type Found = Pick<Improvement, "chosen" | "skipped"> & { readonly after?: Plan };

async function indexesFor(
  { number, statement, plan }: Asked & { readonly plan: Plan },
  subject: Subject,
  format: ResponseFormat,
): Promise<Found> {
  if (subject.assumptions.length > 0)
    return { chosen: [], skipped: ["indexes: suggest_indexes tries them under several spreads of the values that are assumed"] };
  const tables = promising(plan);
  if (tables.size === 0) return { chosen: [], skipped: ["indexes: no table is read for much more than the plan needs of it"] };
  const { session, directory, catalog, find } = subject;
  const place = { session, searchPath: directory.settings.searchPath, tables: catalog.tables, find };
  if (format === "detailed") {
    const limits = { budget: undefined, mostIndexes: MOST_INDEXES, leastGain: LEAST };
    const advice = await advise({ ...place, limits, statements: [{ number, statement, weight: 1 }], progress: () => undefined });
    const [only] = advice.statements;
    return { chosen: advice.chosen, skipped: [], ...(only?.refused === undefined && only && { after: only.plans.after }) };
  }
  const seen = await glance({ ...place, statement, plan, promising: tables, leastGain: LEAST });
  const { chosen = [], left = 0, plan: after } = seen ?? {};
  const skipped = left > 0 ? [`${count(left, "other candidate")} for an index: suggest_indexes tries all`] : [];
  return { chosen, skipped, ...(after && { after }) };
}

interface Telling {
  readonly catalog: Catalog;
  /** Whether costs are real, or would be invented. */
  readonly told: boolean;
  /** Names of indexes that are there or promised; the new ones are added. */
  readonly taken: Set<string>;
  readonly format: ResponseFormat;
}

export function indexesTold(
  { number, before, after, chosen }: Improvement,
  { catalog: { tables }, told, taken, format }: Telling,
): IndexesTold {
  const names = new Map<string, string>();
  const scripts = chosen.map(({ candidate, names: own, bytes }) => {
    const script = scriptFor({ candidate, tables, taken });
    for (const name of own) if (name.startsWith(TRIAL)) names.set(name, script.name);
    return { candidate, bytes, script };
  });
  const promised = (text: string) => text.replaceAll(new RegExp(`${TRIAL}\\d+`, "g"), (own) => names.get(own) ?? own);
  const changes = changesBetween(before, after).map(promised);
  return scripts.map(({ candidate: { table }, bytes, script }) => ({
    statement: number,
    sql: script.sql,
    undo: script.undo,
    table: nameOf(table.schema, table.name).toString(),
    ...(told && { bytes, cost_before: rounded(before.root.totalCost), cost_after: rounded(after.root.totalCost) }),
    plan_changes: changes,
    ...(format === "detailed" && { plan_after: promised(planTree(after, { costs: told, lines: 200 })) }),
  }));
}

/** The indexes for one statement, and what its plan becomes with them. */
export function indexLines(told: IndexesTold, findings: readonly Finding[]): readonly string[] {
  const [first] = told;
  if (!first) return [];
  const { cost_before, cost_after, plan_changes, plan_after } = first;
  const costs =
    cost_before === undefined || cost_after === undefined ? "" : `: planner cost ${written(cost_before)} -> ${written(cost_after)}`;
  return [
    `INDEX${told.length > 1 ? "ES" : ""} that would help${costs}`,
    ...told.flatMap(({ sql, undo, bytes }) => {
      const place = findings.findIndex((finding) => finding.undo === undo);
      if (place >= 0) return [`   that of finding ${place + 1}${bytes === undefined ? "" : `, about ${size(bytes)}`}`];
      return [
        `   ${sql.replaceAll("\n", "\n   ")}${bytes === undefined ? "" : `  -- about ${size(bytes)}`}`,
        `   undo: ${undo.replaceAll("\n", "\n   ")}`,
      ];
    }),
    ...plan_changes.map((change) => `   ${change}`),
    ...(plan_after === undefined ? [] : [`   ${plan_after.replaceAll("\n", "\n   ")}`]),
  ];
}

interface Trying {
  readonly attempts: readonly Attempt[];
  readonly statements: readonly Asked[];
}

/** What the caller's own indexes would do. */
export async function tryFor({ attempts, statements }: Trying, subject: Subject, { progress }: Context): Promise<Tried | undefined> {
  if (attempts.length === 0 || subject.sizes === "unknown") return undefined;
  const { session, directory, catalog, find } = subject;
  const { searchPath, versionNumber } = directory.settings;
  const asked = statements.map(({ number, statement }) => ({ number, statement, weight: 1 }));
  return tryIndexes({ session, searchPath, tables: catalog.tables, find, statements: asked, attempts, versionNumber, progress });
}
