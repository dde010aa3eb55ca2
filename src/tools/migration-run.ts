import type { Table } from "../catalog/tables.ts";
import { ToolError } from "../error.ts";
import type { MigrationFile } from "../migration/files/read.ts";
import { type Runner, runners } from "../migration/files/runner.ts";
import { lookAt } from "../migration/observe.ts";
import { rehearse } from "../migration/rehearse.ts";
import type { Statement } from "../sql/parse.ts";
import { furnish } from "../twin/furnish.ts";
import { type Affected, affectedBy } from "./affected.ts";
import { brokenBy, watchedQueries } from "./broken-queries.ts";
import { answer, type MigrationAnswer, type Rehearsed, toldOf, versionOf, withoutSchema } from "./migration-answer.ts";
import { trialOf, tryFixes } from "./migration-fixes.ts";
import { type MigrationInput, readInput } from "./migration-input.ts";
import { type Known, knownByHistory, withFiles } from "./migration-orm.ts";
import { knownOf, openStage, rehearsed } from "./migration-rehearsal.ts";
import { type Subject, withSchema } from "./schema.ts";
import type { Context } from "./tool.ts";

export interface MigrationText {
  /** Its path, where it has one. */
  readonly file?: string | undefined;
  readonly sql: string;
  /** What belongs to it and is no migration: its way back, the configuration of its runner. */
  readonly beside?: readonly MigrationFile[];
}

type Given = MigrationInput & MigrationText;

/** What is the same for all migrations of a run. */
interface Told {
  readonly schema_sql?: string | undefined;
  readonly row_counts?: Readonly<Record<string, number>> | undefined;
  readonly queries?: readonly string[] | undefined;
  /** The way back of a run of one. */
  readonly rollback_sql?: string | undefined;
  readonly runner?: Runner | undefined;
  readonly in_transaction?: boolean | undefined;
  readonly postgres_version?: number | undefined;
  readonly style?: boolean | undefined;
}

/** Throws `invalid_argument` for a runner that is not known. */
export function readRunner(name: string): Runner {
  const runner = runners.find((known) => known.toLowerCase() === name.toLowerCase());
  if (runner === undefined) throw new ToolError("invalid_argument", `The runner is one of ${runners.join(", ")}, not ${name}.`);
  return runner;
}

/**
 * Migrations that are run one after the other on the same schema, each judged as migration_checklist judges one, on what those
 * before it left: what an earlier one creates is new to a later one.
 */
export async function judgeRun(files: readonly MigrationText[], told: Told, context: Context): Promise<readonly MigrationAnswer[]> {
  const given: Given[] = [];
  for (const file of files) given.push({ ...file, ...(await readInput({ ...told, ...file })) });
  if (given.every(({ steps }) => steps.length === 0)) {
    const what = files.map(({ file = "sql" }) => file).join(", ");
    throw new ToolError("invalid_argument", `${what} has no statement in it. Pass the whole migration, as it will be run.`);
  }
  if (told.schema_sql === undefined && !context.hasDatabase)
    return Promise.all(given.map((one) => withOwnFiles(withoutSchema(one, told), one.known)));
  return rehearseAll(given, told, context);
}

interface Done extends Omit<Rehearsed, "queries"> {
  readonly subject: Subject;
  readonly after: Awaited<ReturnType<typeof rehearsed>>["after"];
}

async function rehearseAll(given: readonly Given[], told: Told, context: Context): Promise<readonly MigrationAnswer[]> {
  const statements = given.flatMap(({ steps }) => steps.map((step) => step.statement));
  const affected = told.schema_sql === undefined ? await affectedBy(statements, context) : undefined;
  const choose: Parameters<typeof withSchema>[0]["choose"] = (directory) =>
    affected?.chosen ?? {
      relations: directory.relations.filter((relation) => !relation.system).map((relation) => relation.oid),
      functions: [],
    };
  const source = { input: told, choose, rehearses: true, read: affected } as const;
  const done: Done[] = [];
  while (done.length < given.length) {
    done.push(...(await withSchema(source, context, (subject) => rehearseSome({ given, done, told, subject, affected }, context))));
  }
  await fixSome({ done, told, affected }, (ask) => withSchema(source, context, ask));
  const watched = await watchedQueries(told.queries, told, context);
  const steps = done.flatMap((each) => each.steps);
  const queries = watched && (await brokenBy({ input: told, steps, watched, reached: affected?.chosen.relations }, context));
  const last = done.at(-1);
  return Promise.all(
    done.map((each, at) =>
      withOwnFiles(
        answer({ ...each, queries: each === last ? queries : undefined }, told, each.subject),
        given[at]?.known ?? knownByHistory(each.subject.directory.relations),
      ),
    ),
  );
}

const withOwnFiles = async (answered: MigrationAnswer, known: Known | undefined): Promise<MigrationAnswer> => ({
  ...answered,
  findings: await withFiles(answered.findings, known),
});

interface Stage {
  readonly given: readonly Given[];
  /** Those before, in another twin. */
  readonly done: readonly Done[];
  readonly told: Told;
  readonly subject: Subject;
  readonly affected: Affected | undefined;
}

/** A twin answers for a limited time, and these take a fifth of it. */
const MOST_STATEMENTS = 500;
const MOST_FILES = 100;

/** As many as one twin serves: until a way back leaves something behind. */
async function rehearseSome({ given, done, told, subject, affected }: Stage, context: Context): Promise<readonly Done[]> {
  const missing = affected ? await furnish(subject.session, subject.catalog, affected.furniture) : [];
  const readTablesNow = await tablesFrom(subject);
  await openStage(subject);
  for (const { steps } of done) await repeat(steps, subject);
  const some: Done[] = [];
  let statements = 0;
  for (const one of given.slice(done.length, done.length + MOST_FILES)) {
    context.progress(`Rehearsing ${one.file ?? "the migration"}`);
    const limits = [...one.notices, ...missing, ...subject.limits];
    const now = { ...subject, limits, catalog: { ...subject.catalog, tables: await readTablesNow() } };
    const result = await rehearsed(one, told.postgres_version, { subject: now, affected });
    const found = toldOf(result.steps, told, now);
    const each = { ...result, subject: now, told: found, fixes: trialOf(found.findings, result.steps) };
    some.push(each);
    statements += one.steps.length;
    const isLast = one === given.at(-1) || statements > MOST_STATEMENTS;
    if (!(await serves(each, result, { told, subject: now, affected, isLast })) || statements > MOST_STATEMENTS) break;
  }
  return some;
}

type Played = Awaited<ReturnType<typeof rehearsed>>;

/** Tries the fixes, and says whether the stage holds what the script left, for those after it. */
async function serves(
  each: Done,
  { kept, rollback, takeBack }: Played,
  { isLast, ...stage }: Pick<Stage, "told" | "subject" | "affected"> & { readonly isLast: boolean },
): Promise<boolean> {
  if (kept && (each.fixes.left.length === 0 || !rollback.identical)) return true;
  const { ran, identical } = kept ? await takeBack() : rollback;
  if (!ran) return true;
  if (!identical || !(await tryOn(each, stage))) return false;
  if (!isLast) await repeat(each.steps, stage.subject);
  return true;
}

/** Whether the stage is as it was, so that others may use it. */
function tryOn({ steps, after, fixes }: Done, { told, subject, affected }: Pick<Stage, "told" | "subject" | "affected">) {
  const known = { ...knownOf(subject, affected, told.postgres_version), indexBytes: undefined };
  const version = versionOf(subject) ?? told.postgres_version;
  const stage = { session: subject.session, known, open: () => openStage(subject) };
  return tryFixes(fixes, { steps, after, version }, stage);
}

/** Twins that are begun for fixes alone. */
const MOST_TWINS = 3;

/** Fixes of scripts whose stage was not to be had again, in twins of their own. */
async function fixSome(
  { done, told, affected }: Pick<Stage, "done" | "told" | "affected">,
  stage: (ask: (subject: Subject) => Promise<boolean>) => Promise<boolean>,
): Promise<void> {
  let twins = 0;
  for (const [at, one] of done.entries()) {
    for (; one.fixes.left.length > 0 && twins < MOST_TWINS; twins += 1) {
      await stage(async (subject) => {
        if (affected) await furnish(subject.session, subject.catalog, affected.furniture);
        const readTablesNow = await tablesFrom(subject);
        await openStage(subject);
        for (const { steps } of done.slice(0, at)) await repeat(steps, subject);
        const now = { ...subject, catalog: { ...subject.catalog, tables: await readTablesNow() } };
        return tryOn(one, { told, subject: now, affected });
      });
    }
  }
}

/** What leaves the same behind whoever runs it, and however. */
const plain: ReadonlySet<Statement["kind"]> = new Set([
  ...(["AlterDomainStmt", "AlterEnumStmt", "AlterObjectSchemaStmt", "AlterSeqStmt", "AlterTableStmt", "CommentStmt"] as const),
  ...(["CompositeTypeStmt", "CreateDomainStmt", "CreateEnumStmt", "CreateExtensionStmt", "CreateFunctionStmt"] as const),
  ...(["CreatePolicyStmt", "CreateSchemaStmt", "CreateSeqStmt", "CreateStmt", "CreateTrigStmt", "DeleteStmt", "DropStmt"] as const),
  ...(["GrantStmt", "IndexStmt", "InsertStmt", "RenameStmt", "SelectStmt", "UpdateStmt", "ViewStmt"] as const),
]);

/** Runs once more what was rehearsed: only what it leaves is wanted. */
async function repeat(steps: Rehearsed["steps"], subject: Subject): Promise<void> {
  const { session } = subject;
  if (steps.every(({ statement, refused, effects }) => plain.has(statement.kind) && !refused && effects)) {
    for (const { statement } of steps) await session.execute(statement.text);
    return;
  }
  await openStage(subject);
  await rehearse(steps, session, {
    statistics: [],
    postgres: undefined,
    real: () => undefined,
    isEmpty: () => false,
    isOurs: () => false,
  });
}

/** The real tables under the names that they have on the stage by then: an earlier migration may have renamed one. */
async function tablesFrom({ session, catalog }: Subject): Promise<() => Promise<readonly Table[]>> {
  const there = new Map(Array.from((await lookAt(session)).relations.values(), ({ schema, name, oid }) => [`${schema}.${name}`, oid]));
  return async () => {
    const { relations } = await lookAt(session);
    return catalog.tables.flatMap((table) => {
      const now = relations.get(there.get(`${table.schema}.${table.name}`) ?? 0);
      return now ? [{ ...table, schema: now.schema, name: now.name }] : [];
    });
  };
}
