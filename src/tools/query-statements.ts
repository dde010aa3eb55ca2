import { ToolError } from "../error.ts";
import { type QueryPlans, readPlans } from "../plan/read-plans.ts";
import { explained } from "../sql/explained.ts";
import { maskedTokens } from "../sql/masked.ts";
import type { Statement } from "../sql/parse.ts";
import { parseWithPlaceholders } from "../sql/placeholders.ts";

/** One statement of a question. */
export interface Submitted {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** Undefined where it is none that Postgres plans, and where only its plan was passed. */
  readonly statement: Statement | undefined;
  /** Why it is not judged. */
  readonly aside?: string;
  /** That the caller brought. */
  readonly given?: QueryPlans;
}

export interface Submission {
  readonly submitted: readonly Submitted[];
  /** That read or write nothing: BEGIN, SET. */
  readonly passed: readonly string[];
  readonly limits: readonly string[];
}

interface Asked {
  readonly sql?: string | undefined;
  readonly plan?: string | undefined;
  readonly analyze?: boolean | undefined;
}

/** Each may take a plan, an index and a rewrite. */
const MOST_STATEMENTS = 100;

const readable = new Set(["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"]);
const idle = new Set(["TransactionStmt", "VariableSetStmt", "VariableShowStmt"]);

/** The statements in the order of the text; of plans without one, the query that took most time first. */
export async function readSubmission({ sql, plan, analyze }: Asked): Promise<Submission> {
  if (sql === undefined && plan === undefined)
    throw new ToolError("invalid_argument", "Pass sql (one statement or several), or plan (an EXPLAIN output, or a log of auto_explain).");
  const given = plan === undefined ? undefined : await readPlans(plan);
  if (sql === undefined) return { submitted: await fromPlans(given?.plans ?? []), passed: [], limits: given?.limits ?? [] };
  const { submitted, passed } = await fromText(sql);
  if (analyze && submitted.length + passed.length > 1)
    throw new ToolError("invalid_argument", "analyze runs one statement. Pass one, or leave analyze out.");
  if (!given) return { submitted, passed, limits: [] };
  const [only, ...more] = submitted;
  if (!only || more.length > 0)
    throw new ToolError("invalid_argument", "A plan is of one statement. Pass that one in sql, or leave sql out to judge every plan.");
  const { found, left } = await planOf(only, given.plans);
  return { submitted: [{ ...only, given: found }], passed, limits: [...given.limits, ...left] };
}

async function fromText(sql: string): Promise<Omit<Submission, "limits">> {
  const all = await parseWithPlaceholders(sql);
  const [first, ...more] = all;
  if (!first) throw new ToolError("invalid_argument", "sql has no statement in it. Pass one SELECT, INSERT, UPDATE, DELETE or MERGE.");
  if (all.length > MOST_STATEMENTS) {
    throw new ToolError("too_large", `sql has ${all.length} statements, and at most ${MOST_STATEMENTS} are read. Send a part of them.`);
  }
  const read = all.map(withoutExplain);
  if (more.length === 0 && !readable.has(read[0]?.kind ?? "")) {
    throw new ToolError(
      "invalid_argument",
      "analyze_query reads SELECT, INSERT, UPDATE, DELETE and MERGE. This statement is of another kind, and no query plan belongs to it.",
    );
  }
  const judged = read.filter(({ kind }) => !idle.has(kind));
  if (judged.length === 0)
    throw new ToolError("invalid_argument", "No statement in sql reads or writes a table. Pass SELECT, INSERT, UPDATE, DELETE or MERGE.");
  return {
    submitted: judged.map((statement, place) => ({
      number: place + 1,
      text: statement.text,
      ...(readable.has(statement.kind)
        ? { statement }
        : { statement: undefined, aside: "Postgres makes no plan for it: migration_checklist says what DDL does" }),
    })),
    passed: read.flatMap(({ kind, text }) => (idle.has(kind) ? [firstWord(text)] : [])),
  };
}

const firstWord = (text: string) => (/^\w+/.exec(text)?.[0] ?? "").toUpperCase();

function withoutExplain(written: Statement): Statement {
  const { statement, runs } = explained(written);
  if (!runs) return statement;
  throw new ToolError(
    "refused",
    "sql starts with EXPLAIN ANALYZE, and what sql says is never run. Pass the statement alone, with `analyze: true` to have it run.",
  );
}

/** A log has the text of each query, as it was sent; a plan alone has none. */
async function fromPlans(plans: readonly QueryPlans[]): Promise<readonly Submitted[]> {
  const submitted: Submitted[] = [];
  for (const [place, given] of plans.entries()) {
    const statement = given.query === undefined ? undefined : await statementIn(given.query);
    submitted.push({ number: place + 1, text: statement?.text ?? given.query ?? "(its plan alone)", statement, given });
  }
  return submitted;
}

async function statementIn(query: string): Promise<Statement | undefined> {
  try {
    const [only, ...more] = await parseWithPlaceholders(query);
    const statement = only && more.length === 0 ? explained(only).statement : undefined;
    return statement && readable.has(statement.kind) ? statement : undefined;
  } catch (error) {
    if (error instanceof ToolError) return undefined;
    throw error;
  }
}

/** Of several, the one whose query is this statement but for its constants. */
async function planOf({ text }: Submitted, plans: readonly QueryPlans[]): Promise<{ found: QueryPlans; left: readonly string[] }> {
  const [only, ...more] = plans;
  if (only && more.length === 0) return { found: only, left: [] };
  const wanted = await formOf(text);
  for (const found of plans) {
    if (found.query === undefined || (await formOf(found.query)) !== wanted) continue;
    const others = plans.length - 1;
    return { found, left: [`${others} other ${others === 1 ? "query" : "queries"} in plan: leave sql out to judge all`] };
  }
  throw new ToolError(
    "invalid_argument",
    `plan has the plans of ${plans.length} queries, and none of them is sql. Leave sql out to judge all of them.`,
  );
}

const formOf = async (text: string) => (await maskedTokens(text.replace(/[;\s]+$/, "")))?.toLowerCase();
