import * as z from "zod";
import type { Table } from "../catalog/tables.ts";
import { advise, LEAST_GAIN } from "../indexes/advise.ts";
import { adviseAssumed } from "../indexes/assumed.ts";
import { readAttempts } from "../indexes/attempts.ts";
import { rootOf } from "../indexes/script.ts";
import { tryIndexes } from "../indexes/try.ts";
import { type Advised, answer, examinedIn, withoutSizes } from "./advice-answer.ts";
import { cost, rewrites, tried as triedIndexes } from "./advice-shapes.ts";
import { renderAdvice } from "./advice-text.ts";
import { basis, isWhole, limits, rowCounts } from "./answer.ts";
import { choosing, readStatements, type Sorted } from "./asked-statements.ts";
import { judgeExisting } from "./existing-indexes.ts";
import { draftRewrites } from "./rewritten.ts";
import { type Subject, withSchema } from "./schema.ts";
import { findWritten } from "./scope.ts";
import { type Context, tool } from "./tool.ts";

/** More would take minutes, and the list of a server's own statements is as long at most. */
const MOST_STATEMENTS = 200;

// Every word of it is paid for by each conversation of a model, and what refine() checks costs none.
const input = z.strictObject({
  sql: z.string().optional().describe("One statement"),
  queries: z
    .array(z.strictObject({ sql: z.string(), calls: z.number().min(0).optional() }))
    .max(MOST_STATEMENTS)
    .optional(),
  workload: z.boolean().optional().describe("Use pg_stat_statements"),
  schema_sql: z.string().optional().describe("CREATE statements"),
  row_counts: rowCounts,
  storage_budget_mb: z
    .number()
    .refine((megabytes) => megabytes >= 0, "0 or more")
    .optional(),
  max_indexes: z.number().min(1).refine(isWhole, "a number of indexes").default(5),
  min_gain: z
    .number()
    .refine((percent) => percent >= 0 && percent <= 100, "0 to 100")
    .optional()
    .describe("Percent"),
  leave_alone: z.array(z.string()).optional().describe("Tables"),
  try: z.array(z.string()).optional().describe("CREATE INDEX, DROP INDEX"),
  response_format: z.enum(["concise", "detailed"]).default("concise"),
});

const covered = z.number().optional().describe("Percent");

const output = z.object({
  basis,
  examined: z.object({
    statements: z.int(),
    planned: z.int(),
    calls_covered: covered,
    time_covered: covered,
    since: z.string().optional(),
    tables: z.int(),
    indexes: z.int(),
    candidates: z.int(),
    skipped: z.array(z.string()).describe("What was not looked at, and why"),
  }),
  verdict: z.string(),
  indexes: z.array(
    z.object({
      sql: z.string(),
      undo: z.string(),
      table: z.string(),
      method: z.string(),
      columns: z.array(z.string()),
      include: z.array(z.string()),
      where: z.string().optional(),
      bytes: z.int().optional(),
      helps: z.array(z.object({ statement: z.int(), cost_before: cost, cost_after: cost })),
      build: z.object({
        lock: z.string(),
        blocks: z.string(),
        waits_for: z.array(z.string()),
        reads_blocks: z.int().optional().describe("Of 8 kB, of the table"),
        sorts_rows: z.int().optional(),
        writes_blocks: z.int().optional(),
      }),
      writes: z.object({
        added_by: z.array(z.int()).describe("Statements that write to it"),
        loses_hot: z.array(z.int()).describe("UPDATEs that are no longer HOT"),
        since: z.string().optional(),
        inserts: z.number().optional(),
        updates: z.number().optional(),
        deletes: z.number().optional(),
        hot_share: z.number().optional(),
        entries_per_1000: z.object({ from: z.number(), to: z.number() }).optional().describe("New entries for 1000 rows written"),
        wal_bytes_per_entry: z.number().optional(),
        other_indexes: z.int().optional().describe("That an update which is not HOT writes to besides"),
      }),
      makes_redundant: z.array(z.string()),
      confidence: z.enum(["high", "medium", "low"]),
      confidence_why: z.array(z.string()),
      notes: z.array(z.string()),
    }),
  ),
  cost_before: cost,
  cost_after: cost,
  depending: z
    .array(
      z.object({
        sql: z.string(),
        undo: z.string(),
        chosen: z.int().describe("Under so many of the spreads of values"),
        spreads: z.int(),
        columns: z.array(z.string()).describe("Whose values decide"),
        check: z.string().describe("Read-only, for the real server: tells"),
      }),
    )
    .optional(),
  refused: z.array(z.object({ table: z.string(), columns: z.array(z.string()), shape: z.string(), reason: z.string() })),
  statements: z.array(
    z.object({
      number: z.int(),
      sql: z.string(),
      calls: z.number(),
      mean_ms: z.number().optional().describe("Measured by the server"),
      cost_before: cost,
      cost_after: cost,
      plan_changes: z.array(z.string()).optional(),
      not_planned: z.string().optional(),
    }),
  ),
  tried: triedIndexes.optional(),
  rewrites,
  existing: z.array(
    z.object({
      name: z.string(),
      table: z.string(),
      bytes: z.int(),
      verdict: z.enum(["drop", "keep", "cannot tell"]),
      evidence: z.array(z.string()),
      sql: z.string().optional(),
      undo: z.string().optional(),
    }),
  ),
  unlisted: z.int().optional().describe("Statements whose cost stays, left out of a concise answer"),
  limits,
  next: z.string().optional(),
});
export type Output = z.infer<typeof output>;

/** Milliseconds. Clients give up after a minute (60 s is the default of the MCP SDK's requests); the answer must be written by then. */
const DEADLINE = 50_000;

export default tool({
  name: "suggest_indexes",
  title: "Suggest indexes",
  description: "Finds indexes that make your statements' plans cheaper, tried in a copy of the schema. Call it when queries are slow.",
  input,
  output,

  async run(asked, context) {
    const due = Date.now() + DEADLINE;
    const isDue = () => Date.now() > due || context.signal.aborted;
    const attempts = asked.try === undefined ? [] : await readAttempts(asked.try);
    const statements = await readStatements(asked, context);
    const sorted: Sorted = { why: new Map(), idle: new Set() };
    const choose = choosing({ statements, attempts, isSingle: asked.sql !== undefined }, sorted);
    const found = await withSchema({ input: asked, choose }, context, async (subject) => {
      const leastGain = asked.min_gain === undefined ? LEAST_GAIN : asked.min_gain / 100;
      const seen: Advised = { subject, statements, sorted, leastGain, format: asked.response_format };
      if (subject.sizes === "unknown") return { seen };
      const budget = asked.storage_budget_mb === undefined ? undefined : asked.storage_budget_mb * MB;
      const limits = { budget, mostIndexes: asked.max_indexes, leastGain };
      const question = questionOf(seen, context);
      const bounded = { ...question, limits, leaveAlone: leftAlone(asked.leave_alone ?? [], subject), isDue };
      const { assumptions } = subject;
      const advice = assumptions.length > 0 ? await adviseAssumed({ ...bounded, assumptions }) : await advise(bounded);
      const { versionNumber } = subject.directory.settings;
      const tried = attempts.length === 0 ? undefined : await tryIndexes({ ...question, attempts, versionNumber });
      const { time_covered: timeCovered } = examinedIn(seen, advice.statements);
      const judged =
        asked.sql === undefined && !isDue() ? await judgeExisting({ subject, statements, advice, timeCovered }, context) : undefined;
      const drafted = await draftRewrites({ subject, statements, advice, limits, isDue });
      return { seen, advised: { advice, tried, judged, drafted, isDue } };
    });
    return found.advised ? answer(found.seen, found.advised, context) : withoutSizes(found.seen);
  },

  render: renderAdvice,
});

const MB = 1024 * 1024;

const questionOf = ({ subject, statements: { given }, sorted: { why, idle } }: Advised, { progress }: Context) => ({
  session: subject.session,
  searchPath: subject.directory.settings.searchPath,
  tables: subject.catalog.tables,
  find: subject.find,
  statements: given.flatMap(({ number, weight, read: { statement } }) =>
    statement && !why.has(number) && !idle.has(number) ? [{ number, weight, statement }] : [],
  ),
  progress,
});

/** A partition is left alone together with the table that it is of: what is made on that is made on all of its partitions. */
function leftAlone(names: readonly string[], { directory, catalog: { tables } }: Subject): ReadonlySet<Table> {
  const oids = new Set(names.map((name) => findWritten(name, undefined, directory).oid));
  return new Set(tables.filter(({ oid }) => oids.has(oid)).map((table) => rootOf(table, tables)));
}
