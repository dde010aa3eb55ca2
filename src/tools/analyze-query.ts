import * as z from "zod";
import { type Refused, ToolError } from "../error.ts";
import { type Finding, finding } from "../finding.ts";
import { type Plan, parsePlan } from "../plan/plan.ts";
import { planTree } from "../plan/tree.ts";
import { planRules, queryRules } from "../rules/index.ts";
import { run } from "../rules/rule.ts";
import { parseStatements, type Statement } from "../sql/parse.ts";
import { spanOf } from "../sql/position.ts";
import { readQuery } from "../sql/query.ts";
import { placeholdersOf } from "../sql/relations.ts";
import { basis, count, examined, join, limits, renderBasis, renderExamined, renderFindings, renderLimits, responseFormat, tally } from "./answer.ts";
import { type Subject, withSchema } from "./schema.ts";
import { type Context, tool } from "./tool.ts";

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
  cause: z.string().optional(),
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
    return withSchema({ input: { schema_sql, row_counts }, statement }, context, async (subject) => {
      context.progress("Planning");
      const planned = given ? { plan: given, limits: ["the plan is the caller's own"] } : await planIn(subject, statement);
      return answer({ statement, subject, ...planned, lines: response_format === "detailed" ? 200 : 40 });
    });
  },

  render({ basis, examined, verdict, cause, findings, plan, limits, next }, { response_format }) {
    return join(
      [
        [renderBasis(basis), renderExamined(examined)].join("\n"),
        cause === undefined ? verdict : `${verdict}\nCause: ${cause}`,
        renderFindings(findings, response_format),
        plan === undefined ? "" : ["Plan:", plan.tree, plan.total_cost === undefined ? "" : "Cost is the planner's unit, not time."].filter(Boolean).join("\n"),
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
    throw new ToolError("invalid_argument", `sql has ${more.length + 1} statements, and one is read at a time. Call analyze_query once for each.`);
  }
  if (statement.kind === "ExplainStmt") {
    throw new ToolError("invalid_argument", "Pass the statement itself, without EXPLAIN. To have an EXPLAIN output judged, pass it as plan.");
  }
  if (!readable.has(statement.kind)) {
    throw new ToolError("invalid_argument", "analyze_query reads SELECT, INSERT, UPDATE, DELETE and MERGE. This statement is of another kind, and no query plan belongs to it.");
  }
  return statement;
}

/** A refusal that the caller can put right is an error; one that the twin's gaps may explain is a limit. */
async function planIn(subject: Subject, statement: Statement): Promise<{ plan: Plan | undefined; limits: readonly string[] }> {
  const { session, directory, tables } = subject;
  const explained = await session.explain({
    sql: statement.text,
    searchPath: directory.settings.searchPath,
    generic: placeholdersOf(statement).length > 0,
  });
  if (explained.refused !== undefined) {
    if (isCallers(explained.refused)) throw notPlannable(explained.refused, statement);
    return { plan: undefined, limits: [`the twin could not plan it: ${explained.refused.message}`] };
  }
  const foreign = tables.some((table) => table.kind === "foreign table");
  if (subject.sizes === "unknown" || foreign) return { plan: undefined, limits: [] };
  const relations = new Map(
    tables.flatMap((table) => (table.rows === undefined ? [] : [[`${table.schema}.${table.name}`, { rows: table.rows, pages: table.size.blocks }]])),
  );
  return { plan: parsePlan(explained.plan, { relations, ...workMem(directory.settings.planner) }), limits: [] };
}

/** Names that are not there, or not as the statement takes them (https://www.postgresql.org/docs/current/errcodes-appendix.html, class 42, and 22 for constants). */
const isCallers = ({ code }: Refused) => /^(42(?!883|704|501)|22)/.test(code);

function notPlannable({ message, hint, position }: Refused, { source, start, end }: Statement): ToolError {
  const place = spanOf(source, position === undefined ? start : start + position - 1, end);
  const where = position === undefined ? "" : ` (line ${place.line}, column ${place.column})`;
  return new ToolError("not_plannable", `Postgres refuses this statement: ${message}${where}.${hint === undefined ? "" : ` ${hint}`} Correct it and ask again.`);
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
  readonly limits: readonly string[];
  readonly lines: number;
}

function answer({ statement, subject, plan, limits, lines }: Seen): Output {
  const { tables, basis, sizes, directory } = subject;
  const version = basis.source === "live" ? Math.floor(directory.settings.versionNumber / 10_000) : undefined;
  const costs = sizes === "measured" && (basis.statistics === "full" || basis.statistics === "partial");
  const findings = [
    ...run(queryRules, readQuery(statement, subject.find), version),
    ...(plan ? run(planRules, plan, version) : []),
  ];
  return {
    basis,
    examined: {
      statements: 1,
      tables: tables.length,
      indexes: tables.reduce((sum, table) => sum + table.indexes.length, 0),
      rules: queryRules.length + (plan ? planRules.length : 0),
      skipped: plan ? [] : ["plan rules: no plan"],
    },
    ...verdictOf(findings),
    findings: sorted(findings),
    ...(plan && {
      plan: { tree: planTree(plan, { costs, lines }), ...(costs && { total_cost: plan.root.totalCost, rows: plan.root.planRows }) },
    }),
    limits: [...subject.limits, ...limits],
  };
}

function withoutSchema(statement: Statement, plan: Plan | undefined): Output {
  const findings = [...run(queryRules, readQuery(statement, () => undefined), undefined), ...(plan ? run(planRules, plan, undefined) : [])];
  return {
    basis: { source: "none", statistics: "none", ...(plan && { planner: "the caller's server" }) },
    examined: {
      statements: 1,
      tables: 0,
      indexes: 0,
      rules: queryRules.length + (plan ? planRules.length : 0),
      skipped: plan ? [] : ["plan rules: no plan"],
    },
    ...verdictOf(findings),
    findings: sorted(findings),
    ...(plan && { plan: { tree: planTree(plan), total_cost: plan.root.totalCost, rows: plan.root.planRows } }),
    limits: ["nothing is known of the tables: no names, types, indexes or sizes were checked"],
    next: "analyze_query with schema_sql (the CREATE statements of the tables) and row_counts, or a server started with DATABASE_URL",
  };
}

const gravity = { error: 0, warning: 1, info: 2 } as const;
const sorted = (findings: readonly Finding[]) => [...findings].sort((a, b) => gravity[a.severity] - gravity[b.severity]);

function verdictOf(findings: readonly Finding[]): Pick<Output, "verdict" | "cause"> {
  const [worst] = sorted(findings);
  if (!worst) return { verdict: "Nothing found." };
  return { verdict: `Found ${tally(findings)}.`, ...(worst.severity !== "info" && { cause: worst.message }) };
}
