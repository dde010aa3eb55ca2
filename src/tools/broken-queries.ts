import * as z from "zod";
import { findRelation } from "../catalog/catalog.ts";
import type { Oid } from "../catalog/names.ts";
import { readWorkload } from "../catalog/workload.ts";
import { roughSizes } from "../indexes/rough-size.ts";
import { readServerWorkload } from "../indexes/server-workload.ts";
import { unstretched } from "../indexes/trial.ts";
import { type Given, messageOf, readGiven } from "../indexes/workload.ts";
import type { Step } from "../migration/step.ts";
import { changesBetween } from "../plan/changes.ts";
import { type Plan, parsePlan } from "../plan/plan.ts";
import { tokensOf } from "../sql/grammar.ts";
import type { Statement } from "../sql/parse.ts";
import { quote } from "../sql/quote.ts";
import { placeholdersOf, relationsOf } from "../sql/relations.ts";
import { rounded, shortened } from "./advice-statements.ts";
import { written } from "./advice-verdict.ts";
import { count } from "./answer.ts";
import { inCallersWords } from "./not-plannable.ts";
import { isReal } from "./query-answer.ts";
import { type SchemaInput, type Subject, withSchema } from "./schema.ts";
import type { Context } from "./tool.ts";
import { type Choose, namedBy, together } from "./wanted.ts";

const cost = z.number().optional();

export const brokenQueries = z.object({
  from: z.enum(["queries", "pg_stat_statements"]),
  planned: z.int().describe("Before and after the migration"),
  changed: z.array(
    z.object({
      sql: z.string(),
      calls: z.number().optional(),
      verdict: z.enum(["fails", "dearer"]),
      refused: z.string().optional(),
      cost_before: cost,
      cost_after: cost,
      plan_changes: z.array(z.string()),
    }),
  ),
  not_planned: z.array(z.object({ sql: z.string(), why: z.string() })),
});
export type BrokenQueries = z.infer<typeof brokenQueries>;

interface Watched {
  readonly from: BrokenQueries["from"];
  readonly given: readonly Given[];
}

/** The caller's own queries, or what the server counted; undefined where there are none. */
export async function watchedQueries(
  queries: readonly string[] | undefined,
  input: SchemaInput,
  context: Context,
): Promise<Watched | undefined> {
  if (queries !== undefined) return { from: "queries", given: await readGiven({ queries: queries.map((sql) => ({ sql })) }) };
  if (input.schema_sql !== undefined || !context.hasDatabase) return undefined;
  const found = await context.database().transaction(readWorkload, context);
  if ("state" in found) return undefined;
  const { given } = await readServerWorkload(found.statements);
  return { from: "pg_stat_statements", given };
}

interface Asked {
  readonly input: SchemaInput;
  readonly steps: readonly Step[];
  readonly watched: Watched;
  /** Relations that the script can reach; undefined: all that there are. */
  readonly reached: readonly Oid[] | undefined;
}

/** Costs under it differ for reasons that nobody feels. */
const CHEAP = 100;
const DEARER = 1.5;
/** Those that took most time, of the ones that read what the script reaches. */
const MOST = 50;

/** Plans the queries before the script and after it, in a twin that has the sizes and statistics, and takes everything back. */
export async function brokenBy({ input, steps, watched, reached }: Asked, context: Context): Promise<BrokenQueries> {
  const notPlanned = new Map<Given, string>();
  const wanted = new Set<Given>();
  const choose: Choose = (directory) => {
    const touches = (statement: Statement) =>
      reached === undefined || relationsOf(statement).some((name) => reached.includes(findRelation(directory, name)?.oid ?? 0));
    const named = watched.given.flatMap((given) => {
      const { statement, why } = given.read;
      if (!statement) notPlanned.set(given, why);
      if (!statement || !touches(statement) || wanted.size >= MOST) return [];
      try {
        const found = namedBy([statement])(directory);
        wanted.add(given);
        return [found];
      } catch (error) {
        notPlanned.set(given, messageOf(error));
        return [];
      }
    });
    return together([{ relations: reached ?? [], functions: [] }, ...named]);
  };
  const changed = await withSchema({ input, choose }, context, async (subject) => {
    context.progress("Planning queries before and after");
    const before = new Map<Given, Plan>();
    for (const given of wanted) {
      const { plan, refused } = await planned(given, subject);
      if (plan) before.set(given, plan);
      else notPlanned.set(given, refused);
    }
    await runIn(subject, steps);
    const found: BrokenQueries["changed"] = [];
    for (const [given, old] of before) {
      const change = changeOf(given, old, await planned(given, subject), subject);
      if (change) found.push(change);
    }
    return found;
  });
  const untold = watched.from === "queries" ? [...notPlanned].toSorted(([one], [other]) => one.number - other.number) : [];
  return {
    from: watched.from,
    planned: [...wanted].filter((given) => !notPlanned.has(given)).length,
    changed,
    not_planned: untold.map(([{ text }, why]) => ({ sql: shortened(text), why })),
  };
}

type Planned =
  | { readonly plan: Plan; readonly refused?: undefined }
  | { readonly plan?: undefined; readonly refused: string; readonly code?: string };

async function planned({ read: { statement } }: Given, { session, directory }: Subject): Promise<Planned> {
  if (!statement) return { refused: "it could not be read" };
  const generic = placeholdersOf(statement).length > 0;
  const explained = await session.explain({ sql: statement.text, searchPath: directory.settings.searchPath, generic });
  if (explained.refused === undefined) return { plan: parsePlan(explained.plan) };
  return { refused: inCallersWords(explained.refused.message, statement), code: explained.refused.code };
}

function changeOf(given: Given, before: Plan, now: Planned, subject: Subject): BrokenQueries["changed"][number] | undefined {
  const about = { sql: shortened(given.text), ...(given.time !== undefined && { calls: given.weight }) };
  if (!now.plan) {
    // A function that the script makes is not made here.
    return now.code === UNDEFINED_FUNCTION ? undefined : { ...about, verdict: "fails", refused: now.refused, plan_changes: [] };
  }
  const [old, after] = [before.root.totalCost, now.plan.root.totalCost];
  const isTold = isReal(subject) && subject.session.started.sizes !== "files";
  if (!isTold || after < CHEAP || after < DEARER * old) return undefined;
  const costs = { cost_before: rounded(old), cost_after: rounded(after) };
  return { ...about, verdict: "dearer", ...costs, plan_changes: [...changesBetween(before, now.plan)] };
}

const UNDEFINED_FUNCTION = "42883";

/**
 * What changes the schema and runs nothing of the caller's: the twin holds statistics, which are values of rows. What Postgres
 * says to it is not told here either, but by the rehearsal.
 */
const harmless: ReadonlySet<string> = new Set<Statement["kind"]>([
  ...(["AlterDomainStmt", "AlterEnumStmt", "AlterObjectSchemaStmt", "AlterSeqStmt", "AlterTableStmt", "CompositeTypeStmt"] as const),
  ...(["CreateDomainStmt", "CreateEnumStmt", "CreateSchemaStmt", "CreateSeqStmt", "CreateStatsStmt", "CreateStmt", "DropStmt"] as const),
  ...(["IndexStmt", "RenameStmt", "ViewStmt"] as const),
]);

async function runIn({ session, catalog: { tables }, directory }: Subject, steps: readonly Step[]): Promise<void> {
  const own = await indexesIn(session);
  const path = directory.settings.searchPath.map(quote).join(", ") || "pg_catalog";
  const script = steps.filter(({ statement, refused }) => harmless.has(statement.kind) && !refused);
  await unstretched(session, tables, () =>
    session.run([
      `set local search_path = ${path}`,
      ...script.map(({ statement }) => withoutConcurrently(statement.text)),
      "set local search_path = pg_catalog",
    ]),
  );
  const made = [...(await indexesIn(session))].filter((oid) => !own.has(oid));
  const sizes = await roughSizes(session, { indexes: made, tables });
  await session.size({ relations: [], indexes: [...sizes.values()] });
}

async function indexesIn(session: Subject["session"]): Promise<ReadonlySet<Oid>> {
  const rows = await session.read<{ oid: Oid }>("select c.oid as oid from pg_catalog.pg_class c where c.relkind = 'i' and c.oid >= 16384");
  return new Set(rows.map(({ oid }) => oid));
}

/** All of it runs in one transaction. */
function withoutConcurrently(text: string): string {
  const word = tokensOf(text).find(({ start, end }) => text.slice(start, end).toLowerCase() === "concurrently");
  return word ? text.slice(0, word.start) + text.slice(word.end) : text;
}

export function brokenLines({ from, planned: number, changed, not_planned }: BrokenQueries): string {
  const whose = from === "queries" ? "given" : "counted by pg_stat_statements that read what the script reaches";
  const head = `Queries ${whose}: ${number} planned before and after${changed.length === 0 ? ", none fails and none gets dearer" : ""}.`;
  return [
    head,
    ...changed.flatMap(({ sql, calls, verdict, refused, cost_before = 0, cost_after = 0, plan_changes }) => [
      `- ${verdict === "fails" ? `fails: ${refused}` : `dearer: planner cost ${written(cost_before)} -> ${written(cost_after)}`}${calls === undefined ? "" : ` (${count(calls, "call")})`}`,
      `   ${sql}`,
      ...plan_changes.map((change) => `   ${change}`),
    ]),
    ...not_planned.map(({ sql, why }) => `- not planned: ${why}\n   ${sql}`),
  ].join("\n");
}

/** For the checklist: whether all that were planned go on as before, and what is said of it. */
export function queriesTold({ from, planned: number, changed }: BrokenQueries): {
  readonly done: boolean | "unknown";
  readonly evidence: string;
} {
  const fails = changed.filter(({ verdict }) => verdict === "fails").length;
  if (number === 0)
    return { done: "unknown", evidence: `none of the queries ${from === "queries" ? "given" : "in pg_stat_statements"} could be planned` };
  const whose = from === "queries" ? "" : " of pg_stat_statements";
  const evidence = `${number} ${number === 1 ? "query" : "queries"}${whose} planned against the new schema: ${fails} fail, ${changed.length - fails} get dearer`;
  return { done: changed.length === 0, evidence };
}

/** A query that the caller says is run must not fail; what a server counted may be of an application that is gone. */
export const breaksForSure = ({ from, changed }: BrokenQueries) => from === "queries" && changed.some(({ verdict }) => verdict === "fails");
