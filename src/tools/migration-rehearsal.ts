import type { Table } from "../catalog/tables.ts";
import type { Refused } from "../error.ts";
import type { SchemaObject } from "../migration/catalog-state.ts";
import { rehearse, type Surroundings } from "../migration/rehearse.ts";
import { type Rollback, rollBack, stateOf } from "../migration/rollback.ts";
import { quote } from "../sql/quote.ts";
import type { Session } from "../twin/twin.ts";
import type { Affected } from "./affected.ts";
import { builtSizes } from "./built-sizes.ts";
import { type Rehearsed, versionOf } from "./migration-answer.ts";
import type { MigrationInput } from "./migration-input.ts";
import type { Subject } from "./schema.ts";

/** What may be in the database and only not in the twin: functions, types, schemas, files of extensions. */
const doubtful = new Set(["42883", "42704", "3F000", "58P01"]);
const noExtension = /^extension ".*" is not available$/;

/** What the script does to what the session holds, where all that it commits stays, and what taking it back does. */
export async function rehearsed(
  { steps, down, wrapped }: MigrationInput,
  postgres_version: number | undefined,
  { subject, affected }: { subject: Subject; affected: Affected | undefined },
): Promise<RehearsedScript> {
  const { session } = subject;
  await openStage(subject);
  const before = await stateOf(session);
  const known = knownOf(subject, affected, postgres_version);
  const rehearsal = await rehearse(steps, session, known);
  const after = await stateOf(session);
  const question = { before, steps: rehearsal.steps, given: down, wrapped, known };
  const tried = await triedRollback(session, question);
  const takeBack = () => rollBack(session, question);
  return {
    steps: rehearsal.steps,
    after,
    rollback: tried ?? (await takeBack()),
    limits: rehearsal.limits,
    kept: tried !== undefined,
    takeBack,
  };
}

/** What a transaction does not allow, or would allow alone. */
const notForTransactions =
  /\b(?:lock|declare|local|savepoint|begin|start|commit|end|rollback|abort|prepare|concurrently|vacuum|reindex|cluster|call|do|set)\b/i;
/** An active transaction, a new value of an enum, an object in use: what is refused so may be taken outside. */
const onlyThere = new Set(["25001", "55P04", "55006"]);

/** The way back in a transaction that is taken back itself, so that what the script left stays for those after it; undefined where it has to run outside one. */
async function triedRollback(session: Session, question: Parameters<typeof rollBack>[1]): Promise<Rollback | undefined> {
  if (question.given !== undefined && notForTransactions.test(question.given)) return undefined;
  let isFit = true;
  const stage: Session = {
    ...session,
    async execute(sql) {
      if (sql === "begin" || sql === "commit" || sql === "rollback") return { refused: undefined, notices: [] };
      const executed = await session.execute(sql);
      if (executed.refused && onlyThere.has(executed.refused.code)) isFit = false;
      return executed;
    },
  };
  await session.execute("begin");
  try {
    const rollback = await rollBack(stage, question);
    return isFit ? rollback : undefined;
  } finally {
    await session.execute("rollback");
  }
}

interface RehearsedScript extends Pick<Rehearsed, "steps" | "rollback" | "limits"> {
  /** The catalog before it was taken back. */
  readonly after: readonly SchemaObject[];
  /** The session still holds what the script left: the way back was only tried. */
  readonly kept: boolean;
  /** Runs the way back to stay. */
  takeBack(): Promise<Rollback>;
}

export function knownOf(subject: Subject, affected: Affected | undefined, postgres_version: number | undefined): Surroundings {
  const { catalog, directory } = subject;
  const tables = new Map(catalog.tables.map((table) => [`${table.schema}.${table.name}`, table]));
  const isPartial = affected !== undefined || !subject.complete;
  return {
    statistics: catalog.statistics,
    postgres: versionOf(subject) ?? postgres_version,
    real: ({ schema, name }) => {
      const table = tables.get(`${schema}.${name}`);
      return table && sizedOnly(table, subject);
    },
    found: affected?.found,
    indexBytes: (indexes) =>
      builtSizes(subject.session, { indexes, tables: sizedTables(subject), versionNumber: directory.settings.versionNumber }),
    isEmpty: (table) => isKnownEmpty(table, subject),
    isOurs: ({ code, message }: Refused) => noExtension.test(message) || (isPartial && doubtful.has(code)),
  };
}

/** From here on statements are run as a server runs them, and stay. */
export async function openStage(subject: Subject): Promise<void> {
  await subject.session.commit();
  await subject.session.execute(`set search_path = ${searchPathOf(subject).map(quote).join(", ") || "public"}`);
  await subject.session.execute("set check_function_bodies = off");
}

/** DDL text does not say which schemas its reader has in the search path: a bare name may mean any of them, and on Supabase what `extensions` has. */
function searchPathOf({ basis, directory: { settings, relations } }: Subject): readonly string[] {
  if (basis.source !== "schema_sql") return settings.searchPath;
  const schemas = relations.filter((relation) => !relation.system && !relation.extension).map((relation) => relation.schema);
  return [...new Set([...settings.searchPath, ...schemas, "extensions"])];
}

/** DDL text says nothing about rows: a size is known only where somebody told it. */
const sizedOnly = (table: Table, { basis, sizes }: Subject): Table =>
  basis.source !== "schema_sql" || (sizes !== "unknown" && table.rows !== undefined)
    ? table
    : { ...table, rows: undefined, bytes: undefined };

const sizedTables = (subject: Subject) => subject.catalog.tables.map((table) => sizedOnly(table, subject));

function isKnownEmpty(table: Table, { basis, catalog }: Subject): boolean {
  if (basis.source === "schema_sql") return table.rows === 0;
  if (table.kind !== "partitioned table") return table.kind === "table" && table.size.blocks === 0;
  return catalog.tables.filter((part) => part.parents.some((parent) => parent.oid === table.oid)).every((part) => part.size.blocks === 0);
}
