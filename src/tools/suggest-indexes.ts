import * as z from "zod";
import { type Advice, advise, type Chosen, NOT_USED, SMALL_GAIN, type Weighed } from "../indexes/advise.ts";
import { keySql } from "../indexes/key.ts";
import { scriptFor } from "../indexes/script.ts";
import { type Given, messageOf, readWorkload } from "../indexes/workload.ts";
import { nameOf } from "../sql/quote.ts";
import { renderAdvice, verdictOf } from "./advice-text.ts";
import { basis, limits, type ResponseFormat, responseFormat } from "./answer.ts";
import { type Subject, withSchema } from "./schema.ts";
import { assumptionLimits, wayToStatistics } from "./text-limits.ts";
import { tool } from "./tool.ts";
import { type Choose, namedBy, together } from "./wanted.ts";

const input = z.strictObject({
  sql: z.string().optional().describe("One statement"),
  queries: z
    .array(z.strictObject({ sql: z.string(), calls: z.number().min(0).optional() }))
    .max(200)
    .optional()
    .describe("Weighed by calls"),
  schema_sql: z.string().optional().describe("CREATE statements"),
  row_counts: z.record(z.string(), z.int().nonnegative()).optional().describe("{ table: rows }"),
  storage_budget_mb: z.number().min(0).optional(),
  max_indexes: z.int().min(1).default(5),
  response_format: responseFormat,
});
type Input = z.infer<typeof input>;

const cost = z.number().optional().describe("In the planner's units, which are not time");

const output = z.object({
  basis,
  examined: z.object({
    statements: z.int(),
    planned: z.int(),
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
      columns: z.array(z.string()),
      bytes: z.int().optional(),
      helps: z.array(z.object({ statement: z.int(), cost_before: cost, cost_after: cost })),
      notes: z.array(z.string()),
    }),
  ),
  cost_before: cost,
  cost_after: cost,
  refused: z.array(z.object({ table: z.string(), columns: z.array(z.string()), reason: z.string() })),
  statements: z.array(
    z.object({
      number: z.int(),
      sql: z.string(),
      calls: z.number(),
      cost_before: cost,
      cost_after: cost,
      not_planned: z.string().optional(),
    }),
  ),
  limits,
  next: z.string().optional(),
});
export type Output = z.infer<typeof output>;

/** Refused candidates in the answer; a concise text shows fewer. */
const MOST_REFUSED = 30;

export default tool({
  name: "suggest_indexes",
  title: "Suggest indexes",
  description:
    "Finds the indexes that make Postgres's plans of your statements cheaper, tried in a copy of the schema. Call it when queries are slow.",
  input,
  output,

  async run(asked, context) {
    const given = await readWorkload(asked);
    const why = new Map<number, string>();
    return withSchema({ input: asked, choose: choosing(given, asked, why) }, context, async (subject) => {
      const readable = given.flatMap(({ number, weight, read: { statement } }) =>
        statement && !why.has(number) ? [{ number, weight, statement }] : [],
      );
      if (subject.sizes === "unknown") return withoutSizes({ subject, given, why, format: asked.response_format });
      const advice = await advise({
        session: subject.session,
        searchPath: subject.directory.settings.searchPath,
        tables: subject.catalog.tables,
        find: subject.find,
        statements: readable,
        limits: {
          budget: asked.storage_budget_mb === undefined ? undefined : asked.storage_budget_mb * MB,
          mostIndexes: asked.max_indexes,
        },
        progress: context.progress,
      });
      return answer({ subject, given, advice, why, format: asked.response_format });
    });
  },

  render: renderAdvice,
});

const MB = 1024 * 1024;

/** The tables of all statements; of a list, one that names what is not there is left out and `why` says so. */
function choosing(given: readonly Given[], { sql }: Input, why: Map<number, string>): Choose {
  return (directory) => {
    const chosen = given.flatMap(({ number, read: { statement } }) => {
      if (!statement) return [];
      try {
        return [namedBy([statement])(directory)];
      } catch (error) {
        if (sql !== undefined) throw error;
        why.set(number, messageOf(error));
        return [];
      }
    });
    return together(chosen);
  };
}

function answer({
  subject,
  given,
  advice,
  why,
  format,
}: {
  subject: Subject;
  given: readonly Given[];
  advice: Advice;
  why: ReadonlyMap<number, string>;
  format: ResponseFormat;
}): Output {
  const { basis, catalog, limits } = subject;
  const told = subject.sizes === "measured" && basis.statistics !== "none";
  const weighed = new Map(advice.statements.map((statement) => [statement.number, statement]));
  const taken = new Set(catalog.tables.flatMap(({ indexes }) => indexes.map(({ name }) => name)));
  const sums = told ? { cost_before: rounded(advice.before), cost_after: rounded(advice.after) } : {};
  const planned = advice.statements.filter(({ refused }) => refused === undefined).length;
  const next = wayToStatistics(subject, format) ?? (advice.chosen.length === 0 && planned > 0 ? WHY_NONE : undefined);
  return {
    basis,
    examined: {
      statements: given.length,
      planned,
      tables: catalog.tables.length,
      indexes: catalog.tables.reduce((sum, table) => sum + table.indexes.length, 0),
      candidates: advice.candidates,
      skipped: advice.untried > 0 ? [`${advice.untried} candidates: ask about fewer statements at once`] : [],
    },
    verdict: verdictOf(advice, { ...sums, planned, told }),
    indexes: advice.chosen.map((chosen) => indexOf(chosen, { catalog, taken, told })),
    ...sums,
    refused: advice.refused.slice(0, MOST_REFUSED).map(({ candidate: { table, keys }, reason }) => ({
      table: nameOf(table.schema, table.name).toString(),
      columns: keys.map(keySql),
      reason: told ? reason : (withoutNumbers.get(reason) ?? reason),
    })),
    statements: given.map((each) => statementOf(each, weighed.get(each.number), { told, why: why.get(each.number) })),
    limits: [...limits, ...assumptionLimits(subject.assumptions, format), ...advice.limits],
    ...(next !== undefined && { next }),
  };
}

/** What plans on assumed values say of a candidate. */
const withoutNumbers: ReadonlyMap<string, string> = new Map([
  [SMALL_GAIN, "little gain, if values are spread as assumed"],
  [NOT_USED, "not used, if values are spread as assumed"],
]);

const WHY_NONE = "analyze_query with a statement, to see what keeps an index from serving it";

const rounded = (number: number) => Math.round(number * 100) / 100;

interface Telling {
  readonly catalog: Subject["catalog"];
  readonly taken: Set<string>;
  readonly told: boolean;
}

function indexOf(
  { candidate: { table, keys }, bytes, helps, writtenBy }: Chosen,
  { catalog: { tables }, taken, told }: Telling,
): Output["indexes"][number] {
  const { sql, undo, notes } = scriptFor({ table, keys, tables, taken });
  const writers = writtenBy.map((number) => `#${number}`).join(", ");
  return {
    sql,
    undo,
    table: nameOf(table.schema, table.name).toString(),
    columns: keys.map(keySql),
    ...(told && { bytes }),
    helps: helps.map(({ number, before, after }) => ({
      statement: number,
      ...(told && { cost_before: rounded(before), cost_after: rounded(after) }),
    })),
    notes: [...(writers === "" ? [] : [`one more index to keep up to date for ${writers}`]), ...notes],
  };
}

function statementOf(
  { number, text, weight, read }: Given,
  weighed: Weighed | undefined,
  { told, why }: { told: boolean; why: string | undefined },
) {
  const shared = { number, sql: shortened(text), calls: weight };
  if (!weighed || weighed.refused) return { ...shared, not_planned: read.why ?? why ?? weighed?.refused?.message ?? NO_SIZES };
  return { ...shared, ...(told && { cost_before: rounded(weighed.before), cost_after: rounded(weighed.after) }) };
}

const NO_SIZES = "sizes are unknown";
const LONGEST = 120;

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
}

/** Every cost would be invented: how large tables are decides whether an index is read at all. */
function withoutSizes({ subject, given, why, format }: Omit<Parameters<typeof answer>[0], "advice">): Output {
  const { basis, catalog, limits } = subject;
  const way = wayToStatistics(subject, format);
  const counted = catalog.tables.filter(
    ({ kind, partition }) => partition.bound === undefined && (kind === "table" || kind === "partitioned table"),
  );
  const names = counted.map((table) => nameOf(table.schema, table.name).toString());
  const indexes = catalog.tables.reduce((sum, table) => sum + table.indexes.length, 0);
  return {
    basis,
    examined: {
      statements: given.length,
      planned: 0,
      tables: catalog.tables.length,
      indexes,
      candidates: 0,
      skipped: ["every candidate: sizes are unknown"],
    },
    verdict: "No index was tried: whether one pays depends on how many rows the tables have, and nobody said.",
    indexes: [],
    refused: [],
    statements: given.map((each) => statementOf(each, undefined, { told: false, why: why.get(each.number) })),
    limits: [...limits],
    next: `suggest_indexes with row_counts: { ${names.map((name) => `${name}: <rows>`).join(", ")} }${way === undefined ? "" : `; ${way}`}`,
  };
}
