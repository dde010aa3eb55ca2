import * as z from "zod";
import type { Table } from "../catalog/tables.ts";
import { type Refused, ToolError } from "../error.ts";
import { rehearse } from "../migration/rehearse.ts";
import { rollBack, stateOf } from "../migration/rollback.ts";
import { quote } from "../sql/quote.ts";
import { furnish } from "../twin/furnish.ts";
import { type Affected, affectedBy } from "./affected.ts";
import { responseFormat, rowCounts } from "./answer.ts";
import { brokenBy, watchedQueries } from "./broken-queries.ts";
import { answer, type MigrationAnswer, output, type Rehearsed, versionOf, withoutSchema } from "./migration-answer.ts";
import { type MigrationInput, readInput } from "./migration-input.ts";
import { renderMigration } from "./migration-text.ts";
import { type Subject, withSchema } from "./schema.ts";
import { type Context, tool } from "./tool.ts";

const MOST_QUERIES = 200;

const input = z.strictObject({
  sql: z.string().describe("The whole migration"),
  rollback_sql: z.string().optional().describe("Its down script, else one is written"),
  schema_sql: z.string().optional().describe("Schema before it"),
  row_counts: rowCounts,
  queries: z
    .array(z.string())
    .refine((queries) => queries.length <= MOST_QUERIES, `at most ${MOST_QUERIES}`)
    .optional()
    .describe("Application's, planned before and after"),
  file: z.string().optional().describe("Its path"),
  in_transaction: z.boolean().optional().describe("Its runner opens one"),
  postgres_version: z
    .number()
    .refine((version) => Number.isInteger(version) && version >= 14 && version <= 19, "14 to 19")
    .optional()
    .describe("Without a database"),
  style: z.boolean().optional().describe("Style too"),
  response_format: responseFormat,
});

export default tool({
  name: "migration_checklist",
  title: "Check a migration",
  description:
    "Rehearses a migration: locks, rewrites, scans, refusals, does its rollback restore the schema. Call it before running or shipping DDL. Nothing runs on the database.",
  input,
  output,

  async run(asked, context) {
    const given = await readInput(asked);
    if (given.steps.length === 0) {
      throw new ToolError("invalid_argument", "sql has no statement in it. Pass the whole migration, as it will be run.");
    }
    if (asked.schema_sql === undefined && !context.hasDatabase) return withoutSchema(given, asked);
    return withRehearsal(given, asked, context);
  },

  render: (result, { response_format }) => renderMigration(result, response_format),
});

type Asked = Omit<z.infer<typeof input>, "response_format">;

async function withRehearsal(given: MigrationInput, asked: Asked, context: Context): Promise<MigrationAnswer> {
  const statements = given.steps.map((step) => step.statement);
  const affected = asked.schema_sql === undefined ? await affectedBy(statements, context) : undefined;
  const choose: Parameters<typeof withSchema>[0]["choose"] = (directory) =>
    affected?.chosen ?? {
      relations: directory.relations.filter((relation) => !relation.system).map((relation) => relation.oid),
      functions: [],
    };
  const { told, ...done } = await withSchema({ input: asked, choose, rehearses: true }, context, async (subject) => {
    const missing = affected ? await furnish(subject.session, subject.catalog, affected.furniture) : [];
    context.progress("Rehearsing the migration");
    const told = { ...subject, limits: [...given.notices, ...missing, ...subject.limits] };
    return { told, ...(await rehearsed(given, asked, { subject, affected })) };
  });
  const watched = await watchedQueries(asked.queries, asked, context);
  const queries = watched && (await brokenBy({ input: asked, steps: done.steps, watched, reached: affected?.chosen.relations }, context));
  return answer({ ...done, queries }, asked, told);
}

/** What may be in the database and only not in the twin: functions, types, schemas, files of extensions. */
const doubtful = new Set(["42883", "42704", "3F000", "58P01"]);
const noExtension = /^extension ".*" is not available$/;

async function rehearsed(
  { steps, down, wrapped }: MigrationInput,
  { postgres_version }: Asked,
  { subject, affected }: { subject: Subject; affected: Affected | undefined },
): Promise<Omit<Rehearsed, "queries">> {
  const { session, catalog } = subject;
  await session.commit();
  await session.execute(`set search_path = ${searchPathOf(subject).map(quote).join(", ") || "public"}`);
  await session.execute("set check_function_bodies = off");
  const before = await stateOf(session);
  const tables = new Map(catalog.tables.map((table) => [`${table.schema}.${table.name}`, table]));
  const isPartial = affected !== undefined || !subject.complete;
  const rehearsal = await rehearse(steps, session, {
    statistics: catalog.statistics,
    postgres: versionOf(subject) ?? postgres_version,
    real: ({ schema, name }) => sizedOnly(tables.get(`${schema}.${name}`), subject),
    found: affected?.found,
    isEmpty: (table) => isKnownEmpty(table, subject),
    isOurs: ({ code, message }: Refused) => noExtension.test(message) || (isPartial && doubtful.has(code)),
  });
  const rollback = await rollBack(session, { before, steps: rehearsal.steps, given: down, wrapped });
  return { steps: rehearsal.steps, rollback, limits: rehearsal.limits };
}

/** DDL text does not say which schemas its reader has in the search path: a bare name may mean any of them. */
function searchPathOf({ basis, directory: { settings, relations } }: Subject): readonly string[] {
  if (basis.source !== "schema_sql") return settings.searchPath;
  const schemas = relations.filter((relation) => !relation.system && !relation.extension).map((relation) => relation.schema);
  return [...new Set([...settings.searchPath, ...schemas])];
}

/** DDL text says nothing about rows: a size is known only where somebody told it. */
const sizedOnly = (table: Table | undefined, { basis, sizes }: Subject) =>
  table && (basis.source !== "schema_sql" || (sizes !== "unknown" && table.rows !== undefined))
    ? table
    : table && { ...table, rows: undefined, bytes: undefined };

function isKnownEmpty(table: Table, { basis, catalog }: Subject): boolean {
  if (basis.source === "schema_sql") return table.rows === 0;
  if (table.kind !== "partitioned table") return table.kind === "table" && table.size.blocks === 0;
  return catalog.tables.filter((part) => part.parents.some((parent) => parent.oid === table.oid)).every((part) => part.size.blocks === 0);
}
