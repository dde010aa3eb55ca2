import * as z from "zod";
import { rowCounts } from "./answer.ts";
import { asGraded, output } from "./migration-answer.ts";
import { renderMarkdown } from "./migration-markdown.ts";
import { judgeRun, readRunner } from "./migration-run.ts";
import { renderMigration } from "./migration-text.ts";
import { asksStyle } from "./suppressed.ts";
import { tool } from "./tool.ts";

const MOST_QUERIES = 200;

const input = z.strictObject({
  sql: z.string(),
  rollback_sql: z.string().optional().describe("Its down script, else one is written"),
  schema_sql: z.string().optional().describe("Schema before it"),
  row_counts: rowCounts,
  queries: z
    .array(z.string())
    .refine((queries) => queries.length <= MOST_QUERIES, `at most ${MOST_QUERIES}`)
    .optional()
    .describe("Application's, planned before and after"),
  file: z.string().optional().describe("Its path"),
  orm: z.string().optional().describe("Its tool: Prisma, Rails…"),
  in_transaction: z.boolean().optional().describe("Its runner opens one"),
  postgres_version: z
    .number()
    .refine((version) => Number.isInteger(version) && version >= 14 && version <= 19, "14 to 19")
    .optional()
    .describe("Without a database"),
  style: z.boolean().optional().describe("Style too"),
  response_format: z.enum(["concise", "detailed", "markdown"]).default("concise"),
});

export default tool({
  name: "migration_checklist",
  title: "Check a migration",
  description:
    "Rehearses a migration: locks, rewrites, scans, refusals, rollback. Call it before running or shipping DDL. Nothing runs on the database.",
  input,
  output,

  async run(asked, context) {
    const file = context.ruleFile();
    const style = asked.style ?? file.style;
    const [answer] = await judgeRun(
      [{ file: asked.file, sql: asked.sql }],
      { ...asked, runner: asked.orm === undefined ? undefined : readRunner(asked.orm), style: style || asksStyle(file.rules) },
      context,
    );
    if (!answer) throw new Error("One migration has one answer.");
    return asGraded(answer, { ...file, style });
  },

  render: (answer, { response_format, file }) =>
    response_format === "markdown" ? renderMarkdown([{ file, answer }]) : renderMigration(answer, response_format),
});
