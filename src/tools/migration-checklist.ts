import * as z from "zod";
import type { Table } from "../catalog/tables.ts";
import { type Refused, ToolError } from "../error.ts";
import { type Finding, finding, severities } from "../finding.ts";
import { checklistOf } from "../migration/checklist.ts";
import { durationInWords, durationOf, ratesInWords } from "../migration/duration.ts";
import { rehearse } from "../migration/rehearse.ts";
import { type Rollback, rollBack, stateOf } from "../migration/rollback.ts";
import { readScript } from "../migration/script.ts";
import type { Effect, Step } from "../migration/step.ts";
import { migrationRules } from "../rules/migration-rules.ts";
import { run } from "../rules/rule.ts";
import { spanOf } from "../sql/position.ts";
import { nameOf, quote } from "../sql/quote.ts";
import { furnish } from "../twin/furnish.ts";
import { type Affected, affectedBy } from "./affected.ts";
import { basis, examined, limits, responseFormat, tally } from "./answer.ts";
import { renderMigration } from "./migration-text.ts";
import { type Subject, withSchema } from "./schema.ts";
import { type Context, tool } from "./tool.ts";

const input = z.strictObject({
  sql: z.string().describe("The whole migration"),
  rollback_sql: z.string().optional().describe("Its down script, else one is written"),
  schema_sql: z.string().optional().describe("Schema before it, without a database"),
  row_counts: z.record(z.string(), z.int().nonnegative()).optional().describe("Of schema_sql: { orders: 5000000 }"),
  in_transaction: z.boolean().optional().describe("Its runner wraps it in one"),
  postgres_version: z.int().min(14).max(19).optional().describe("If there is no database"),
  response_format: responseFormat,
});

const lock = z.object({ relation: z.string(), mode: z.string() });

const statement = z.object({
  sql: z.string().describe("Its first 200 characters"),
  line: z.int(),
  locks: z.array(lock).optional().describe("Absent: not rehearsed"),
  rewrites: z.array(z.string()).optional(),
  scans: z.array(z.string()).optional(),
  builds: z.array(z.string()).optional().describe("Indexes"),
  refused: z.object({ code: z.string(), message: z.string() }).optional().describe("What Postgres said no to"),
  duration: z.string().optional().describe(`A range at ${ratesInWords}, without the wait for locks`),
});

const output = z.object({
  basis,
  examined,
  verdict: z.enum(["block", "review", "ok"]),
  summary: z.string(),
  statements: z.array(statement),
  findings: z.array(finding),
  depends_on_data: z.array(
    z.object({ statement: z.int(), condition: z.string(), check: z.string(), verdict: z.enum(["holds", "fails", "unknown"]) }),
  ),
  rollback: z
    .object({
      sql: z.string().optional(),
      ran: z.boolean(),
      identical: z.boolean().optional(),
      refused: z.string().optional(),
      differences: z.array(z.string()),
      lossy: z.array(z.string()),
    })
    .optional(),
  checklist: z.array(z.object({ item: z.string(), done: z.union([z.boolean(), z.literal("unknown")]), evidence: z.string() })),
  limits,
  next: z.string().optional(),
});
type Output = z.infer<typeof output>;
export type MigrationAnswer = Output;

export default tool({
  name: "migration_checklist",
  title: "Check a migration",
  description:
    "Rehearses a migration: locks, rewrites, scans, refusals, does its rollback restore the schema. Call it before running or shipping DDL. Nothing runs on the database.",
  input,
  output,

  async run(asked, context) {
    const steps = await readScript(asked.sql, { wrapped: asked.in_transaction ?? false });
    if (steps.length === 0) {
      throw new ToolError("invalid_argument", "sql has no statement in it. Pass the whole migration, as it will be run.");
    }
    if (asked.schema_sql === undefined && !context.hasDatabase) return withoutSchema(steps, asked.postgres_version);
    return withRehearsal(steps, asked, context);
  },

  render: (result, { response_format }) => renderMigration(result, response_format),
});

type Asked = Omit<z.infer<typeof input>, "response_format">;

async function withRehearsal(steps: readonly Step[], asked: Asked, context: Context): Promise<Output> {
  const statements = steps.map((step) => step.statement);
  const affected = asked.schema_sql === undefined ? await affectedBy(statements, context) : undefined;
  const choose: Parameters<typeof withSchema>[0]["choose"] = (directory) =>
    affected?.chosen ?? {
      relations: directory.relations.filter((relation) => !relation.system).map((relation) => relation.oid),
      functions: [],
    };
  return withSchema({ input: asked, choose, rehearses: true }, context, async (subject) => {
    const missing = affected ? await furnish(subject.session, subject.catalog, affected.furniture) : [];
    context.progress("Rehearsing the migration");
    return answer(await rehearsed(steps, asked, { subject, affected }), asked, { ...subject, limits: [...missing, ...subject.limits] });
  });
}

interface Rehearsed {
  readonly steps: readonly Step[];
  readonly rollback: Rollback;
  readonly limits: readonly string[];
}

/** What may be in the database and only not in the twin: functions, types, schemas, files of extensions. */
const doubtful = new Set(["42883", "42704", "3F000", "58P01"]);
const noExtension = /^extension ".*" is not available$/;

async function rehearsed(
  steps: readonly Step[],
  { rollback_sql, in_transaction = false, postgres_version }: Asked,
  { subject, affected }: { subject: Subject; affected: Affected | undefined },
): Promise<Rehearsed> {
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
    isEmpty: (table) => isKnownEmpty(table, subject),
    isOurs: ({ code, message }: Refused) => noExtension.test(message) || (isPartial && doubtful.has(code)),
  });
  const rollback = await rollBack(session, { before, steps: rehearsal.steps, given: rollback_sql, wrapped: in_transaction });
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

const versionOf = ({ basis, directory }: Pick<Subject, "basis" | "directory">): number | undefined =>
  basis.source !== "schema_sql" ? Math.floor(directory.settings.versionNumber / 10_000) : undefined;

function answer({ steps, rollback, limits: notRun }: Rehearsed, { rollback_sql, postgres_version }: Asked, subject: Subject): Output {
  const { catalog, basis } = subject;
  const version = versionOf(subject) ?? postgres_version;
  const findings = findingsOf(steps, version);
  const touched = tablesTouched(steps, catalog.tables);
  const durations = steps.map((step) => durationOf(step.effects ?? []));
  const works = steps.some((step) => step.effects?.some(moves));
  const longest = durations.filter((duration) => duration !== undefined).sort((a, b) => b.to - a.to)[0];
  return {
    basis,
    examined: {
      statements: steps.length,
      tables: touched.length,
      indexes: touched.reduce((sum, table) => sum + table.indexes.length, 0),
      rules: migrationRules.length,
      skipped: [],
    },
    ...verdictOf(steps, findings),
    statements: steps.map(asStatement),
    findings,
    depends_on_data: dependenciesOf(steps),
    rollback: {
      ...(rollback.sql !== undefined && { sql: rollback.sql }),
      ran: rollback.ran,
      ...(rollback.identical !== undefined && { identical: rollback.identical }),
      ...(rollback.refused !== undefined && { refused: rollback.refused }),
      differences: [...rollback.differences],
      lossy: [...rollback.lossy],
    },
    checklist: [
      ...checklistOf({
        steps,
        rehearsed: true,
        rollback,
        longest: works
          ? longest && `the longest statement works ${durationInWords(longest)} at ${ratesInWords}, once it has its locks`
          : "no statement scans, rewrites or builds anything of a table that was there",
      }),
    ],
    limits: [
      ...subject.limits.filter((limit) => !aboutPlans.test(limit)),
      ...(subject.sizes === "assumed" && works ? ["the bytes of tables follow from their row counts and types"] : []),
      ...notRun,
      ...versionLimits(version),
    ],
    ...(basis.source === "schema_sql" &&
      steps.some(isMissing) && { next: "migration_checklist with all that the migration names in schema_sql" }),
    ...(rollback.refused !== undefined &&
      rollback_sql !== undefined &&
      rollback.ran && { next: "migration_checklist with a corrected rollback_sql, or without one: then one is written" }),
  };
}

const UNDEFINED_TABLE = "42P01";

const isMissing = ({ refused }: Step) => refused?.code === UNDEFINED_TABLE;

/** A rehearsal shows no plan and no cost. */
const aboutPlans = /plan is shown|plans are shown|from costs/;

const moves = ({ table, rewrites, scans, builds }: Effect) => table !== undefined && (rewrites || scans || builds.length > 0);

const versionLimits = (version: number | undefined): readonly string[] =>
  version === undefined || version >= 18 ? [] : [`the twin is PostgreSQL 18: syntax that only 18 knows is not refused for ${version}`];

function findingsOf(steps: readonly Step[], version: number | undefined): Finding[] {
  const found = steps.flatMap((step) => run(migrationRules, step, version));
  return severities.flatMap((severity) => found.filter((finding) => finding.severity === severity));
}

function verdictOf(steps: readonly Step[], findings: readonly Finding[]): Pick<Output, "verdict" | "summary"> {
  const refused = steps.filter((step) => step.refused);
  const failing = steps.flatMap((step) => step.dependsOnData).filter(({ verdict }) => verdict === "fails");
  const block = refused.length > 0 || failing.length > 0 || findings.some(({ severity }) => severity === "error");
  const verdict = block ? "block" : findings.some(({ severity }) => severity === "warning") ? "review" : "ok";
  const parts = [
    refused.length > 0 && `Postgres refuses ${refused.length} of ${steps.length} statements`,
    failing.length > 0 &&
      `${failing.length} ${failing.length === 1 ? "condition" : "conditions"} on the rows did not hold at the last ANALYZE`,
    findings.length > 0 ? tally(findings) : "nothing found",
  ];
  return { verdict, summary: parts.filter(Boolean).join("; ") };
}

function tablesTouched(steps: readonly Step[], tables: readonly Table[]): readonly Table[] {
  const touched = new Set(steps.flatMap((step) => (step.effects ?? []).flatMap(({ table }) => (table ? [table.oid] : []))));
  return tables.filter((table) => touched.has(table.oid));
}

const SHOWN = 200;

function asStatement({ statement, effects, refused }: Step): Output["statements"][number] {
  const duration = durationOf(effects ?? []);
  const names = (does: (effect: Effect) => boolean) => (effects ?? []).filter(does).map(({ relation }) => relation.toString());
  return {
    sql: statement.text.slice(0, SHOWN),
    line: spanOf(statement.source, statement.start, statement.end).line,
    ...(effects && {
      locks: effects.flatMap((effect) => (effect.lock ? [{ relation: effect.relation.toString(), mode: effect.lock }] : [])),
      rewrites: names((effect) => effect.rewrites),
      scans: names((effect) => effect.scans),
      builds: effects.flatMap((effect) => effect.builds.map((index) => nameOf(undefined, index).toString())),
    }),
    ...(refused && { refused: { code: refused.code, message: refused.message } }),
    ...(duration && { duration: durationInWords(duration) }),
  };
}

const dependenciesOf = (steps: readonly Step[]) =>
  steps.flatMap(({ number, dependsOnData }) => dependsOnData.map((condition) => ({ statement: number, ...condition })));

function withoutSchema(steps: readonly Step[], version: number | undefined): Output {
  const findings = findingsOf(steps, version);
  return {
    basis: { source: "none", statistics: "none" },
    examined: {
      statements: steps.length,
      tables: 0,
      indexes: 0,
      rules: migrationRules.length,
      skipped: ["rehearsal and rollback: no schema"],
    },
    ...verdictOf(steps, findings),
    statements: steps.map(asStatement),
    findings,
    depends_on_data: dependenciesOf(steps),
    checklist: [...checklistOf({ steps, rehearsed: false, rollback: undefined, longest: undefined })],
    limits: ["nothing was run: findings follow from the text and from what Postgres does with such statements in general"],
    next: "migration_checklist with schema_sql (the CREATE statements of the schema as it is) and row_counts, or a server started with DATABASE_URL",
  };
}
