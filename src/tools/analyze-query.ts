import * as z from "zod";
import { findRelation, findSequence } from "../catalog/catalog.ts";
import type { Table } from "../catalog/tables.ts";
import type { Mode } from "../database/guard/statement.ts";
import { type Refused, ToolError } from "../error.ts";
import { finding, severities } from "../finding.ts";
import { spilledAtHome } from "../plan/hash-memory.ts";
import { newerThan } from "../plan/newer.ts";
import { type Plan, parsePlan } from "../plan/plan.ts";
import { planTree } from "../plan/tree.ts";
import { planRules, queryRules } from "../rules/index.ts";
import { run } from "../rules/rule.ts";
import { explained } from "../sql/explained.ts";
import type { Statement } from "../sql/parse.ts";
import { parseWithPlaceholders } from "../sql/placeholders.ts";
import { type Query, readQuery } from "../sql/query.ts";
import { quote } from "../sql/quote.ts";
import { placeholdersOf, relationsOf } from "../sql/relations.ts";
import { constantsOf } from "../sql/written-constants.ts";
import { spanAsWritten } from "../sql/written-text.ts";
import {
  type Basis,
  basis,
  examined,
  join,
  limits,
  type ResponseFormat,
  renderBasis,
  renderExamined,
  renderFindings,
  renderLimits,
  responseFormat,
  tally,
} from "./answer.ts";
import { inCallersWords, isWrongAnywhere, notPlannable } from "./not-plannable.ts";
import { type Known, readKnown, type Subject, withSchema } from "./schema.ts";
import { askServer, notRun } from "./served-plan.ts";
import { assumptionLimits, wayToStatistics } from "./text-limits.ts";
import { tool } from "./tool.ts";
import { namedBy } from "./wanted.ts";

const input = z.strictObject({
  sql: z.string().describe("One SELECT, INSERT, UPDATE, DELETE or MERGE, with $1, ? or :name"),
  schema_sql: z.string().optional().describe("CREATE statements of its tables, instead of the database"),
  row_counts: z.record(z.string(), z.int().nonnegative()).optional().describe("Rows of each table of schema_sql: { orders: 5000000 }"),
  plan: z.string().optional().describe("EXPLAIN (FORMAT JSON) output to judge instead"),
  analyze: z.boolean().optional().describe("Also run a SELECT and roll back, if --access analyze"),
  response_format: responseFormat,
});

const output = z.object({
  basis,
  examined,
  verdict: z.string(),
  findings: z.array(finding),
  plan: z
    .object({
      tree: z.string(),
      total_cost: z.number().optional().describe("In the planner's units, which are not time"),
      rows: z.number().optional(),
    })
    .optional(),
  limits,
  next: z.string().optional(),
});
type Output = z.infer<typeof output>;

export default tool({
  name: "analyze_query",
  title: "Analyze a query",
  description:
    "Says how Postgres will plan one SQL statement and what is wrong with it: wrong results, full scans, indexes that cannot serve. Call it before running or shipping SQL you wrote, or when a query is slow. Nothing is run unless you ask for analyze.",
  input,
  output,

  async run({ sql, schema_sql, row_counts, plan, analyze, response_format }, context) {
    const statement = await onlyStatement(sql);
    const given = plan === undefined ? undefined : parsePlan(plan);
    const mode = analyze ? "analyze" : "explain";
    if (schema_sql === undefined && !context.hasDatabase) return withoutSchema(statement, given, mode);
    const choose = namedBy([statement]);
    const brought = plan ?? schema_sql ?? row_counts;
    const served = brought === undefined ? await askServer(statement, mode, context) : { limits: notRun(mode) };
    const seen = { statement, served: served.limits, format: response_format };
    if (served.plan) {
      const { plan, planner, sent } = served;
      return answer({ ...seen, known: await readKnown(choose, context), plan, by: { planner, sent }, limits: [] });
    }
    return withSchema({ input: { schema_sql, row_counts }, choose }, context, async (subject) => {
      context.progress("Planning");
      const planned = given ? { plan: given, by: { planner: CALLERS_SERVER }, limits: [] } : await planIn(subject, statement);
      return answer({ ...seen, known: subject, ...planned });
    });
  },

  render({ basis, examined, verdict, findings, plan, limits, next }, { response_format }) {
    return join(
      [
        [renderBasis(basis), renderExamined(examined)].join("\n"),
        verdict,
        renderFindings(findings, response_format),
        plan === undefined
          ? ""
          : ["Plan:", plan.tree, plan.total_cost === undefined ? "" : "Cost is the planner's unit, not time."].filter(Boolean).join("\n"),
        renderLimits(limits),
        next === undefined ? "" : `Next: ${next}`,
      ],
      response_format,
    );
  },
});

const readable = new Set(["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"]);

async function onlyStatement(sql: string): Promise<Statement> {
  const [written, ...more] = await parseWithPlaceholders(sql);
  if (!written) throw new ToolError("invalid_argument", "sql has no statement in it. Pass one SELECT, INSERT, UPDATE, DELETE or MERGE.");
  if (more.length > 0) {
    throw new ToolError(
      "invalid_argument",
      `sql has ${more.length + 1} statements, and one is read at a time. Call analyze_query once for each.`,
    );
  }
  const { statement, runs } = explained(written);
  if (runs) {
    throw new ToolError(
      "refused",
      "sql starts with EXPLAIN ANALYZE, and what sql says is never run. Pass the statement alone, with `analyze: true` to have it run.",
    );
  }
  if (!readable.has(statement.kind)) {
    throw new ToolError(
      "invalid_argument",
      "analyze_query reads SELECT, INSERT, UPDATE, DELETE and MERGE. This statement is of another kind, and no query plan belongs to it.",
    );
  }
  return statement;
}

/** A refusal that the caller can put right is an error; one that the twin's gaps may explain is a limit. */
async function planIn(subject: Subject, statement: Statement): Promise<{ plan: Plan | undefined; limits: readonly string[] }> {
  const { session, directory, catalog } = subject;
  const { tables } = catalog;
  const explained = await session.explain({
    sql: statement.text,
    searchPath: directory.settings.searchPath,
    generic: placeholdersOf(statement).length > 0,
  });
  if (explained.refused !== undefined) {
    const sequences = relationsOf(statement).filter((written) => !findRelation(directory, written) && findSequence(directory, written));
    if (sequences.length > 0)
      return { plan: undefined, limits: [`sequences are not in the twin: ${sequences.map(({ name }) => quote(name)).join(", ")}`] };
    if (isCallers(explained.refused, subject)) throw notPlannable(explained.refused, statement);
    return { plan: undefined, limits: [`the twin could not plan it: ${inCallersWords(explained.refused.message, statement)}`] };
  }
  if (subject.sizes === "unknown") return { plan: undefined, limits: [] };
  const relations = new Map(
    tables.flatMap((table) =>
      table.rows === undefined ? [] : [[`${table.schema}.${table.name}`, { rows: table.rows, pages: table.size.blocks }]],
    ),
  );
  const { planner, versionNumber } = directory.settings;
  const plan = parsePlan(explained.plan, { relations, constants: constantsOf(statement), ...workMem(planner) });
  const hashMemory = plan.workMem * Number(planner.get("hash_mem_multiplier") ?? 1);
  return { plan, limits: [...newerThan({ versionNumber, plan, sql: statement.text }), ...spilledAtHome(plan, hashMemory)] };
}

/** Functions, operators and types may be there, and only not in the twin. */
const perhapsOurs = new Set(["42883", "42704", "42501"]);

const isCallers = (refused: Refused, { complete }: Subject) =>
  isWrongAnywhere(refused) || (complete && /^(42|22)/.test(refused.code) && !perhapsOurs.has(refused.code));

/** Bytes, from a setting as `SET` takes it: "4096kB". */
function workMem(planner: ReadonlyMap<string, string>): { workMem?: number } {
  const kilobytes = /^(\d+)kB$/.exec(planner.get("work_mem") ?? "")?.[1];
  return kilobytes === undefined ? {} : { workMem: Number(kilobytes) * 1024 };
}

interface Seen {
  readonly statement: Statement;
  readonly known: Known;
  readonly plan: Plan | undefined;
  /** Whose plan it is where the twin did not make it: its numbers are what some server said. */
  readonly by?: Pick<Basis, "planner" | "sent">;
  /** What is to be said of the server, and what of the plan. */
  readonly served: readonly string[];
  readonly limits: readonly string[];
  readonly format: ResponseFormat;
}

const CALLERS_SERVER = "the caller's server";

function answer({ statement, known, plan, by, served, limits, format }: Seen): Output {
  const { catalog, sizes, directory } = known;
  const lines = format === "detailed" ? 200 : 40;
  const next = by ? undefined : wayToStatistics(known, format);
  const { tables } = catalog;
  const basis = { ...known.basis, ...by };
  const version = basis.source !== "schema_sql" ? Math.floor(directory.settings.versionNumber / 10_000) : undefined;
  const costs = by !== undefined || (sizes === "measured" && basis.statistics !== "none");
  const judged = judge({ query: readQuery(statement, known.find), plan: costs ? plan : undefined, version });
  const skipped = plan ? "plan rules: what they weigh would be assumed" : "plan rules: no plan";
  return {
    basis,
    examined: {
      statements: 1,
      tables: tables.length,
      indexes: tables.reduce((sum, table) => sum + table.indexes.length, 0),
      rules: judged.rules,
      skipped: costs && plan ? [] : [skipped],
    },
    verdict: judged.verdict,
    findings: judged.findings,
    ...(plan && {
      plan: { tree: planTree(plan, { costs, lines }), ...(costs && { total_cost: plan.root.totalCost, rows: plan.root.planRows }) },
    }),
    limits: [...served, ...known.limits, ...(plan && !by ? assumptionLimits(known.assumptions, format) : []), ...limits],
    ...(next !== undefined && { next }),
  };
}

function withoutSchema(statement: Statement, plan: Plan | undefined, mode: Mode): Output {
  const judged = judge({ query: readQuery<Table>(statement, () => undefined), plan, version: undefined });
  return {
    basis: { source: "none", statistics: "none", ...(plan && { planner: CALLERS_SERVER }) },
    examined: { statements: 1, tables: 0, indexes: 0, rules: judged.rules, skipped: plan ? [] : ["plan rules: no plan"] },
    verdict: judged.verdict,
    findings: judged.findings,
    ...(plan && { plan: { tree: planTree(plan), total_cost: plan.root.totalCost, rows: plan.root.planRows } }),
    limits: [...notRun(mode), "nothing is known of the tables: no names, types, indexes or sizes were checked"],
    next: "analyze_query with schema_sql (the CREATE statements of the tables) and row_counts, or a server started with DATABASE_URL",
  };
}

interface Judged {
  readonly query: Query<Table>;
  readonly plan: Plan | undefined;
  readonly version: number | undefined;
}

/** The gravest first; of two alike, what the text shows before what the plan shows. */
function judge({ query, plan, version }: Judged) {
  const found = [...run(queryRules, query, version), ...(plan ? run(planRules, plan, version) : [])].map((each) =>
    each.span ? { ...each, span: spanAsWritten(query.statement, each.span) } : each,
  );
  const findings = severities.flatMap((severity) => found.filter((finding) => finding.severity === severity));
  return {
    findings,
    rules: queryRules.length + (plan ? planRules.length : 0),
    verdict: findings.length === 0 ? "Nothing found." : `Found ${tally(findings)}.`,
  };
}
