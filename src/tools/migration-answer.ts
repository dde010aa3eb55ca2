import * as z from "zod";
import type { Table } from "../catalog/tables.ts";
import { type Finding, severities } from "../finding.ts";
import { checklistOf } from "../migration/checklist.ts";
import { ratesInWords } from "../migration/duration.ts";
import { integrityOf } from "../migration/integrity.ts";
import type { Rollback } from "../migration/rollback.ts";
import type { Effect, Step } from "../migration/step.ts";
import type { Work } from "../migration/work.ts";
import { migrationRules } from "../rules/migration-rules.ts";
import { migrationStyleRules } from "../rules/migration-style-rules.ts";
import { type MigrationRule, run } from "../rules/rule.ts";
import { spanOf } from "../sql/position.ts";
import { nameOf } from "../sql/quote.ts";
import { basis, count, examined, limits, tally } from "./answer.ts";
import { type BrokenQueries, breaksForSure, brokenQueries, queriesTold } from "./broken-queries.ts";
import { type Trial, withFixes } from "./migration-fixes.ts";
import type { MigrationInput } from "./migration-input.ts";
import { findingWithFiles } from "./migration-orm.ts";
import { grave, rollbackShape, rollbackTold } from "./migration-rollback.ts";
import type { Subject } from "./schema.ts";
import { graded, type RuleFile, suppressed, withoutIgnored } from "./suppressed.ts";

const lock = z.object({ relation: z.string(), mode: z.string() });

const bytes = z.number().optional();

/** Of what is absent, nobody knows how many. */
const work = z.object({
  read_bytes: bytes,
  written_bytes: bytes.describe("Without WAL"),
  wal_bytes: bytes,
  extra_disk_bytes: bytes.describe("At the peak, without WAL"),
  seconds: z.object({ from: z.number(), to: z.number() }).optional().describe("Without the wait for locks"),
  rate: z.string().optional(),
});

const statement = z.object({
  sql: z.string().describe("Its first 200 characters"),
  line: z.int(),
  locks: z.array(lock).optional().describe("Absent: not rehearsed"),
  rewrites: z.array(z.string()).optional(),
  scans: z.array(z.string()).optional(),
  builds: z.array(z.string()).optional().describe("Indexes"),
  refused: z.object({ code: z.string(), message: z.string() }).optional().describe("What Postgres said no to"),
  work: work.optional().describe("Absent: it moves no rows of a table that was there"),
});

export const output = z.object({
  basis,
  examined,
  verdict: z.enum(["block", "review", "ok"]),
  summary: z.string(),
  statements: z.array(statement),
  findings: z.array(findingWithFiles),
  suppressed: suppressed.optional().describe("By comments of the script, -- ignore migration/rule-id: reason, or by backend-db-mcp.json"),
  depends_on_data: z.array(
    z.object({ statement: z.int(), condition: z.string(), check: z.string(), verdict: z.enum(["holds", "fails", "unknown"]) }),
  ),
  integrity: z
    .array(z.object({ table: z.string(), before: z.string(), after: z.string().optional(), expect: z.string() }))
    .describe("Queries to run before and after"),
  queries: brokenQueries.optional(),
  rollback: rollbackShape.optional(),
  checklist: z.array(z.object({ item: z.string(), done: z.union([z.boolean(), z.literal("unknown")]), evidence: z.string() })),
  limits,
  next: z.string().optional(),
});
type Output = z.infer<typeof output>;
export type MigrationAnswer = Output;

/** Of what was asked. */
interface Told {
  readonly rollback_sql?: string | undefined;
  readonly postgres_version?: number | undefined;
  readonly style?: boolean | undefined;
}

/** What the script did in the twin, and what taking it back did. */
export interface Rehearsed {
  readonly steps: readonly Step[];
  readonly rollback: Rollback;
  readonly queries: BrokenQueries | undefined;
  readonly limits: readonly string[];
  readonly told: Pick<Output, "findings" | "suppressed">;
  readonly fixes: Trial;
}

/** What rules say of the script, without what its own comments silence. */
export function toldOf(steps: readonly Step[], { postgres_version, style }: Told, subject: Subject): Rehearsed["told"] {
  const rules = rulesFor({ style });
  return withoutIgnored(findingsOf(steps, rules, versionOf(subject) ?? postgres_version), steps, idsOf(rules));
}

export const versionOf = ({ basis, directory }: Pick<Subject, "basis" | "directory">): number | undefined =>
  basis.source !== "schema_sql" ? Math.floor(directory.settings.versionNumber / 10_000) : undefined;

export function answer(
  { steps, rollback, queries, limits: notRun, told, fixes }: Rehearsed,
  { rollback_sql, postgres_version, style }: Told,
  subject: Subject,
): Output {
  const { catalog, basis } = subject;
  const version = versionOf(subject) ?? postgres_version;
  const rules = rulesFor({ style });
  const { findings, limits: notFixed } = withFixes(told.findings, fixes);
  const judged = judgedIn(steps, { ...told, findings }, queries);
  const touched = tablesTouched(steps, catalog.tables);
  const works = steps.some((step) => step.work);
  const way = rollbackTold(rollback, (down) => findingsOf(down, rules, version));
  return {
    basis,
    examined: {
      statements: steps.length,
      tables: touched.length,
      indexes: touched.reduce((sum, table) => sum + table.indexes.length, 0),
      rules: rules.length,
      skipped: [],
    },
    ...verdictOf({ ...judged, rollback: way }),
    ...judged,
    integrity: integrityIn(steps),
    rollback: way,
    checklist: [
      ...checklistOf({
        steps,
        rehearsed: true,
        rollback,
        queries: queries && queriesTold(queries),
      }),
    ],
    limits: [
      ...subject.limits.filter((limit) => !aboutPlans.test(limit)),
      ...(subject.sizes === "assumed" && works ? ["the bytes of tables follow from their row counts and types"] : []),
      ...notRun,
      ...notFixed,
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

const versionLimits = (version: number | undefined): readonly string[] =>
  version === undefined || version >= 18 ? [] : [`the twin is PostgreSQL 18: syntax that only 18 knows is not refused for ${version}`];

const rulesFor = ({ style }: Told) => (style ? [...migrationRules, ...migrationStyleRules] : migrationRules);

function findingsOf(steps: readonly Step[], rules: readonly MigrationRule[], version: number | undefined): Finding[] {
  const found = steps.flatMap((step) => run(rules, step, version));
  return severities.flatMap((severity) => found.filter((finding) => finding.severity === severity));
}

/** Those of all versions: what one of them does not find, no rule finds. */
const idsOf = (rules: readonly MigrationRule[]) => new Set(rules.filter(({ postgres }) => !postgres).map(({ id }) => id));

type Judged = Pick<Output, "statements" | "depends_on_data" | "findings" | "queries" | "suppressed"> & Pick<Partial<Output>, "rollback">;

/** The answer as a configuration file grades its findings. */
export function asGraded(answer: Output, file: RuleFile): Output {
  const told = { ...answer, ...graded(answer, file) };
  return { ...told, ...verdictOf(told) };
}

export function verdictOf({
  statements,
  depends_on_data,
  findings,
  queries,
  suppressed,
  rollback,
}: Judged): Pick<Output, "verdict" | "summary"> {
  const refused = statements.filter((statement) => statement.refused);
  const failing = depends_on_data.filter(({ verdict }) => verdict === "fails");
  const changed = queries?.changed ?? [];
  const block =
    (queries && breaksForSure(queries)) ||
    refused.length > 0 ||
    failing.length > 0 ||
    findings.some(({ severity }) => severity === "error");
  const back = grave(rollback);
  const isDoubtful = changed.length > 0 || findings.some(({ severity }) => severity === "warning");
  const verdict = block ? "block" : isDoubtful ? "review" : "ok";
  const parts = [
    refused.length > 0 && `Postgres refuses ${refused.length} of ${statements.length} statements`,
    failing.length > 0 &&
      `${failing.length} ${failing.length === 1 ? "condition" : "conditions"} on the rows did not hold at the last ANALYZE`,
    changed.length > 0 && `${count(changed.length, "query")} ${changed.length === 1 ? "fails or gets" : "fail or get"} dearer`,
    findings.length > 0 ? tally(findings) : "nothing found",
    back.length > 0 && `${tally(back)} in the rollback`,
    suppressed && suppressed.findings.length > 0 && `${suppressed.findings.length} suppressed`,
  ];
  return { verdict, summary: parts.filter(Boolean).join("; ") };
}

function tablesTouched(steps: readonly Step[], tables: readonly Table[]): readonly Table[] {
  const touched = new Set(steps.flatMap((step) => (step.effects ?? []).flatMap(({ table }) => (table ? [table.oid] : []))));
  return tables.filter((table) => touched.has(table.oid));
}

const SHOWN = 200;

function asStatement({ statement, effects, refused, work }: Step): Output["statements"][number] {
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
    ...(work && { work: workTold(work) }),
  };
}

function workTold({ readBytes, writtenBytes, walBytes, extraDiskBytes, seconds }: Work): NonNullable<Output["statements"][number]["work"]> {
  return {
    ...(readBytes !== undefined && { read_bytes: readBytes }),
    ...(writtenBytes !== undefined && { written_bytes: writtenBytes }),
    ...(walBytes !== undefined && { wal_bytes: walBytes }),
    ...(extraDiskBytes !== undefined && { extra_disk_bytes: extraDiskBytes }),
    ...(seconds && { seconds, rate: ratesInWords }),
  };
}

const integrityIn = (steps: readonly Step[]): Output["integrity"] =>
  integrityOf(steps).map(({ after, ...each }) => ({ ...each, ...(after !== undefined && { after }) }));

const judgedIn = (steps: readonly Step[], told: Pick<Output, "findings" | "suppressed">, queries?: BrokenQueries): Judged => ({
  statements: steps.map(asStatement),
  ...told,
  depends_on_data: dependenciesOf(steps),
  ...(queries && { queries }),
});

const dependenciesOf = (steps: readonly Step[]) =>
  steps.flatMap(({ number, dependsOnData }) => dependsOnData.map((condition) => ({ statement: number, ...condition })));

export function withoutSchema({ steps, notices }: MigrationInput, { postgres_version, style }: Told): Output {
  const rules = rulesFor({ style });
  const judged = judgedIn(steps, withoutIgnored(findingsOf(steps, rules, postgres_version), steps, new Set()));
  return {
    basis: { source: "none", statistics: "none" },
    examined: {
      statements: steps.length,
      tables: 0,
      indexes: 0,
      rules: rules.length,
      skipped: ["rehearsal and rollback: no schema"],
    },
    ...verdictOf(judged),
    ...judged,
    integrity: integrityIn(steps),
    checklist: [...checklistOf({ steps, rehearsed: false, rollback: undefined, queries: undefined })],
    limits: [...notices, "nothing was run: findings follow from the text and from what Postgres does with such statements in general"],
    next: "migration_checklist with schema_sql (the CREATE statements of the schema as it is) and row_counts, or a server started with DATABASE_URL",
  };
}
