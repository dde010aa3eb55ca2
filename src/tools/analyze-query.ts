import * as z from "zod";
import type { Table } from "../catalog/tables.ts";
import { type Refused, ToolError } from "../error.ts";
import { finding, severities } from "../finding.ts";
import { spilledAtHome } from "../plan/hash-memory.ts";
import { newerThan } from "../plan/newer.ts";
import { type Plan, parsePlan } from "../plan/plan.ts";
import { planTree } from "../plan/tree.ts";
import { planRules, queryRules } from "../rules/index.ts";
import { run } from "../rules/rule.ts";
import { parseStatements, type Statement } from "../sql/parse.ts";
import { spanOf } from "../sql/position.ts";
import { type Query, readQuery } from "../sql/query.ts";
import { placeholdersOf } from "../sql/relations.ts";
import {
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
import { type Subject, withSchema } from "./schema.ts";
import { assumptionLimits, wayToStatistics } from "./text-limits.ts";
import { tool } from "./tool.ts";
import { namedBy } from "./wanted.ts";

const input = z.strictObject({
  sql: z.string().describe("One SELECT, INSERT, UPDATE, DELETE or MERGE, with $1, $2 for parameters"),
  schema_sql: z.string().optional().describe("CREATE statements of its tables, when there is no database or it should not be asked"),
  row_counts: z.record(z.string(), z.int().nonnegative()).optional().describe("Rows of each table of schema_sql: { orders: 5000000 }"),
  plan: z.string().optional().describe("An EXPLAIN (FORMAT JSON) output to judge instead of planning"),
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
    "Says how Postgres will plan one SQL statement and what is wrong with it: wrong results, full scans, indexes that cannot serve. Call it before running or shipping SQL you wrote, or when a query is slow. Nothing is run.",
  input,
  output,

  async run({ sql, schema_sql, row_counts, plan, response_format }, context) {
    const statement = await onlyStatement(sql);
    const given = plan === undefined ? undefined : parsePlan(plan);
    if (schema_sql === undefined && !context.hasDatabase) return withoutSchema(statement, given);
    return withSchema({ input: { schema_sql, row_counts }, choose: namedBy([statement]) }, context, async (subject) => {
      context.progress("Planning");
      const planned = given ? { plan: given, limits: [] } : await planIn(subject, statement);
      return answer({ statement, subject, ...planned, given: given !== undefined, format: response_format });
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
  const [statement, ...more] = await parseStatements(sql);
  if (!statement) throw new ToolError("invalid_argument", "sql has no statement in it. Pass one SELECT, INSERT, UPDATE, DELETE or MERGE.");
  if (more.length > 0) {
    throw new ToolError(
      "invalid_argument",
      `sql has ${more.length + 1} statements, and one is read at a time. Call analyze_query once for each.`,
    );
  }
  if (statement.kind === "ExplainStmt") {
    throw new ToolError(
      "invalid_argument",
      "Pass the statement itself, without EXPLAIN. To have an EXPLAIN output judged, pass it as plan.",
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
    if (isCallers(explained.refused, subject)) throw notPlannable(explained.refused, statement);
    return { plan: undefined, limits: [`the twin could not plan it: ${explained.refused.message}`] };
  }
  if (subject.sizes === "unknown") return { plan: undefined, limits: [] };
  const relations = new Map(
    tables.flatMap((table) =>
      table.rows === undefined ? [] : [[`${table.schema}.${table.name}`, { rows: table.rows, pages: table.size.blocks }]],
    ),
  );
  const { planner, versionNumber } = directory.settings;
  const plan = parsePlan(explained.plan, { relations, ...workMem(planner) });
  const hashMemory = plan.workMem * Number(planner.get("hash_mem_multiplier") ?? 1);
  return { plan, limits: [...newerThan({ versionNumber, plan, sql: statement.text }), ...spilledAtHome(plan, hashMemory)] };
}

/** Columns and relations that are not there, and what is plainly wrong in any database (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const always = new Set(["42601", "42701", "42702", "42703", "42803", "42P01", "42P09", "42P10", "22P02"]);
/** Functions, operators and types may be there, and only not in the twin. */
const perhapsOurs = new Set(["42883", "42704", "42501"]);

const isCallers = ({ code }: Refused, { complete }: Subject) =>
  always.has(code) || (complete && /^(42|22)/.test(code) && !perhapsOurs.has(code));

function notPlannable({ message, hint, position }: Refused, { source, start, end }: Statement): ToolError {
  const place = spanOf(source, position === undefined ? start : start + position - 1, end);
  const where = position === undefined ? "" : ` (line ${place.line}, column ${place.column})`;
  return new ToolError(
    "not_plannable",
    `Postgres refuses this statement: ${message}${where}.${hint === undefined ? "" : ` ${hint}`} Correct it and ask again.`,
  );
}

/** Bytes, from a setting as `SET` takes it: "4096kB". */
function workMem(planner: ReadonlyMap<string, string>): { workMem?: number } {
  const kilobytes = /^(\d+)kB$/.exec(planner.get("work_mem") ?? "")?.[1];
  return kilobytes === undefined ? {} : { workMem: Number(kilobytes) * 1024 };
}

interface Seen {
  readonly statement: Statement;
  readonly subject: Subject;
  readonly plan: Plan | undefined;
  /** The plan is the caller's own: its numbers are what some server said. */
  readonly given: boolean;
  readonly limits: readonly string[];
  readonly format: ResponseFormat;
}

const CALLERS_SERVER = "the caller's server";

function answer({ statement, subject, plan, given, limits, format }: Seen): Output {
  const { catalog, sizes, directory } = subject;
  const lines = format === "detailed" ? 200 : 40;
  const next = given ? undefined : wayToStatistics(subject, format);
  const { tables } = catalog;
  const basis = given ? { ...subject.basis, planner: CALLERS_SERVER } : subject.basis;
  const version = basis.source !== "schema_sql" ? Math.floor(directory.settings.versionNumber / 10_000) : undefined;
  const costs = given || (sizes === "measured" && basis.statistics !== "none");
  const judged = judge({ query: readQuery(statement, subject.find), plan: costs ? plan : undefined, version });
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
    limits: [...subject.limits, ...(plan && !given ? assumptionLimits(subject.assumptions, format) : []), ...limits],
    ...(next !== undefined && { next }),
  };
}

function withoutSchema(statement: Statement, plan: Plan | undefined): Output {
  const judged = judge({ query: readQuery<Table>(statement, () => undefined), plan, version: undefined });
  return {
    basis: { source: "none", statistics: "none", ...(plan && { planner: CALLERS_SERVER }) },
    examined: { statements: 1, tables: 0, indexes: 0, rules: judged.rules, skipped: plan ? [] : ["plan rules: no plan"] },
    verdict: judged.verdict,
    findings: judged.findings,
    ...(plan && { plan: { tree: planTree(plan), total_cost: plan.root.totalCost, rows: plan.root.planRows } }),
    limits: ["nothing is known of the tables: no names, types, indexes or sizes were checked"],
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
  const found = [...run(queryRules, query, version), ...(plan ? run(planRules, plan, version) : [])];
  const findings = severities.flatMap((severity) => found.filter((finding) => finding.severity === severity));
  return {
    findings,
    rules: queryRules.length + (plan ? planRules.length : 0),
    verdict: findings.length === 0 ? "Nothing found." : `Found ${tally(findings)}.`,
  };
}
