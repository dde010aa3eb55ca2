import * as z from "zod";
import { finding } from "../finding.ts";
import { readAttempts } from "../indexes/attempts.ts";
import { rewrites, tried } from "./advice-shapes.ts";
import { basis, examined, limits, responseFormat, rowCounts } from "./answer.ts";
import { analyzed } from "./query-analyses.ts";
import { indexes } from "./query-improvement.ts";
import { queryPicture, withoutViews } from "./query-picture.ts";
import { prepared } from "./query-prepared.ts";
import { reach } from "./query-reach.ts";
import { readSubmission } from "./query-statements.ts";
import { renderQuery } from "./query-text.ts";
import { unusedIndexes } from "./query-unused.ts";
import { verdicts } from "./query-verdict.ts";
import { tool } from "./tool.ts";

const input = z.strictObject({
  sql: z.string().optional().describe("SELECT, INSERT, UPDATE, DELETE, MERGE, also several; $1, ? or :name"),
  schema_sql: z.string().optional().describe("CREATE statements, not the database"),
  row_counts: rowCounts,
  plan: z.string().optional().describe("EXPLAIN output or auto_explain log to judge instead"),
  analyze: z.boolean().optional().describe("Also run a SELECT, if --access analyze"),
  try: z.array(z.string()).optional().describe("CREATE INDEX, DROP INDEX"),
  response_format: responseFormat,
});

const verdict = z.enum(verdicts);

const plan = z.object({
  tree: z.string(),
  total_cost: z.number().optional().describe("In the planner's units, which are not time"),
  rows: z.number().optional(),
  execution_ms: z.number().optional(),
  costly: z
    .array(z.object({ node: z.string(), own: z.number(), unit: z.enum(["ms", "cost"]), share: z.number(), reason: z.string() }))
    .optional()
    .describe("The few nodes that matter; own: without the nodes below"),
  view: z
    .object({
      unit: z.enum(["ms", "cost"]),
      total: z.number(),
      nodes: z.array(
        z.object({
          id: z.int(),
          parent: z.int().optional(),
          subplan: z.string().optional(),
          title: z.string(),
          own: z.number(),
          share: z.number(),
          reason: z.string().optional(),
          expected_rows: z.number(),
          actual_rows: z.number().optional(),
          loops: z.number().optional(),
          total_cost: z.number(),
          misestimate: z.object({ error: z.enum(["more", "fewer"]), factor: z.number() }).optional(),
          blocks: z.object({ hit: z.number(), read: z.number(), temp: z.number() }).optional(),
          conditions: z.array(z.string()),
          facts: z.array(z.string()),
          findings: z.array(z.int()),
        }),
      ),
    })
    .optional(),
});

const statement = z.object({
  number: z.int(),
  sql: z.string(),
  verdict,
  because: z.array(z.string()),
  refused: z.string().optional().describe("What Postgres says no with"),
  measured: z
    .object({ executions: z.int(), plans: z.int(), total_ms: z.number().optional(), slowest_ms: z.number().optional() })
    .optional()
    .describe("By the log"),
  plan: plan.optional(),
});

const output = z.object({
  basis,
  examined,
  verdict,
  because: z.array(z.string()).describe("Of several statements, those of the worst"),
  findings: z.array(finding.extend({ statement: z.int().optional() })),
  statements: z.array(statement),
  plan: plan.optional().describe("Of a single statement"),
  reach: z.array(reach),
  rewrites,
  indexes,
  unused_indexes: unusedIndexes
    .optional()
    .describe("Detailed: indexes on columns of conditions, joins and orders that the plan does not read"),
  prepared: prepared.optional().describe("Detailed: plans for any values of the placeholders, and for some"),
  tried: tried.optional(),
  limits,
  next: z.string().optional(),
});
export type Output = z.infer<typeof output>;

export default tool({
  name: "analyze_query",
  title: "Analyze a query",
  description:
    "Says how Postgres will plan SQL, what is wrong with it, what a write reaches and what would be cheaper, with a verdict. Call it before running or shipping SQL you wrote, or when a query is slow. Nothing is run without analyze.",
  view: "plan",
  input,
  output,

  async run({ sql, plan, analyze = false, schema_sql, row_counts, try: attempts, response_format: format }, context) {
    const submission = await readSubmission({ sql, plan, analyze });
    const asked = { submission, attempts: attempts === undefined ? [] : await readAttempts(attempts) };
    const answer = await analyzed({ ...asked, input: { schema_sql, row_counts }, analyze, format }, context);
    context.draw(queryPicture(answer));
    return format === "detailed" ? answer : withoutViews(answer);
  },

  render: (answer, { response_format }) => renderQuery(answer, response_format),
});
