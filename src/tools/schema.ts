import { type Catalog, type Directory, findRelation, readCatalog, readDirectory } from "../catalog/catalog.ts";
import type { Oid } from "../catalog/names.ts";
import { readSchema, type Schema } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";
import type { Database } from "../database/database.ts";
import { ToolError } from "../error.ts";
import { parseStatements } from "../sql/parse.ts";
import { withoutPsqlLines } from "../sql/psql.ts";
import { assumeSizes } from "../twin/assume.ts";
import { build, needsOf } from "../twin/build.ts";
import { type Loaded, loadSchemaText, needsOfText } from "../twin/schema-text.ts";
import type { Session } from "../twin/twin.ts";
import type { Basis } from "./answer.ts";
import { countLimits, countsOf, type Sizes, sizeLimits, statisticsOf, textLimits } from "./limits.ts";
import { chosenBy, type Page, type ScopeInput } from "./scope.ts";
import type { Context } from "./tool.ts";
import type { Choose } from "./wanted.ts";

/** What is known of a schema, wherever it came from. */
export interface Known {
  readonly directory: Directory;
  /** What was chosen, and what that needs. */
  readonly catalog: Catalog;
  readonly find: (written: { readonly schema?: string | undefined; readonly name: string }) => Table | undefined;
  readonly basis: Basis;
  readonly limits: readonly string[];
  readonly sizes: Sizes;
}

/** The same while the twin holds it. */
export interface Subject extends Known {
  readonly session: Session;
  /** Nothing that was asked for is missing from the twin. */
  readonly complete: boolean;
}

export interface SchemaInput {
  readonly schema_sql?: string | undefined;
  readonly row_counts?: Readonly<Record<string, number>> | undefined;
}

interface Source {
  readonly input: SchemaInput;
  readonly choose: Choose;
}

/** DDL text may be a whole dump. */
const SCHEMA_BYTES = 2_000_000;

/** Asks what Postgres does: the twin holds the schema meanwhile. */
export async function withSchema<Result>(source: Source, context: Context, ask: (subject: Subject) => Promise<Result>): Promise<Result> {
  const text = textOf(source.input);
  return text === undefined ? fromDatabase(source.choose, context, ask) : fromText(text, source, context, ask);
}

/** A whole schema, or the schemas and tables that were asked for. */
export interface KnownSchema extends Pick<Known, "directory" | "basis" | "limits" | "sizes"> {
  readonly schema: Schema;
  /** Relations that were asked for; `schema` holds one page of them. */
  readonly relations: number;
  /** Partitions that were not asked for by name, where they were left to their parents. */
  readonly folded: number;
}

export type WholeInput = SchemaInput & ScopeInput & { readonly page?: Page | undefined };

/** Asks about everything that the catalog says of a schema. Nothing is planned, and no value of a row is read. */
export async function withWholeSchema<Result>(
  input: WholeInput,
  context: Context,
  ask: (known: KnownSchema) => Promise<Result>,
): Promise<Result> {
  const text = textOf(input);
  return text === undefined ? ask(await readLiveSchema(input, context)) : schemaFromText(text, input, context, ask);
}

async function readLiveSchema(input: WholeInput, context: Context): Promise<KnownSchema> {
  const read = await inTransaction(context, async (connection, directory) => {
    const { scope, ...chosen } = chosenBy(input, directory);
    return { directory, ...chosen, schema: await readSchema(connection, { settings: directory.settings, ...scope }) };
  });
  const { grade, asOf, limits } = countsOf(read.schema.tables);
  return { ...read, basis: liveBasis(context, read.directory, { grade, asOf }), limits, sizes: "measured" };
}

/** One snapshot of the database: its names first, then what they say is to be read. */
function inTransaction<Result>(context: Context, read: (connection: Database, directory: Directory) => Promise<Result>): Promise<Result> {
  const database = context.database();
  context.progress("Reading the catalog");
  return database.transaction(async (connection) => read(connection, await readDirectory(connection)), { signal: context.signal });
}

async function schemaFromText<Result>(
  text: string,
  input: WholeInput,
  context: Context,
  ask: (known: KnownSchema) => Promise<Result>,
): Promise<Result> {
  return inTwin(text, context, async ({ session, directory, loaded }) => {
    const { scope, ...chosen } = chosenBy(input, directory);
    const counts = rowCountsByOid(input.row_counts ?? {}, directory);
    const sizes = counts.size > 0 ? "assumed" : "unknown";
    const sized = sizes === "assumed" ? (tables: readonly Table[]) => assumeSizes(session, tables, counts) : undefined;
    const schema = await readSchema(session, { settings: directory.settings, ...scope, sized });
    return ask({
      ...chosen,
      directory,
      schema,
      basis: { source: "schema_sql", statistics: sizes === "assumed" ? "assumed" : "none" },
      limits: textLimits(loaded),
      sizes,
    });
  });
}

function textOf({ schema_sql, row_counts }: SchemaInput): string | undefined {
  if (schema_sql === undefined && row_counts !== undefined) {
    throw new ToolError(
      "invalid_argument",
      "row_counts goes with schema_sql: a live database knows its own sizes. Pass the DDL too, or leave row_counts out.",
    );
  }
  return schema_sql;
}

async function readLive(choose: Choose, context: Context): Promise<Known> {
  const { directory, catalog } = await inTransaction(context, async (connection, directory) => ({
    directory,
    catalog: await readCatalog(connection, { settings: directory.settings, ...choose(directory) }),
  }));
  const statistics = statisticsOf(catalog);
  return {
    directory,
    catalog,
    find: finder(directory, catalog.tables),
    basis: liveBasis(context, directory, statistics),
    limits: statistics.limits,
    sizes: "measured",
  };
}

function liveBasis(
  context: Context,
  { settings }: Directory,
  { grade, asOf }: { grade: Basis["statistics"]; asOf: string | undefined },
): Basis {
  return {
    source: "live",
    database: context.database().describe(),
    server_version: settings.version,
    statistics: grade,
    ...(asOf !== undefined && { as_of: asOf }),
    ...(settings.statisticsReset !== undefined && { statistics_reset: settings.statisticsReset }),
  };
}

async function fromDatabase<Result>(choose: Choose, context: Context, ask: (subject: Subject) => Promise<Result>): Promise<Result> {
  const known = await readLive(choose, context);
  return context.twin.use(
    needsOf(known.catalog),
    async (session) => {
      context.progress("Building the twin");
      const missing = await build(session, known.catalog);
      return ask({
        ...known,
        basis: { ...known.basis, planner: plannerOf(session) },
        limits: [...missing, ...known.limits, ...sizeLimits(session)],
        session,
        complete: missing.length === 0,
      });
    },
    context.signal,
  );
}

async function fromText<Result>(
  text: string,
  { input: { row_counts = {} }, choose }: Source,
  context: Context,
  ask: (subject: Subject) => Promise<Result>,
): Promise<Result> {
  return inTwin(text, context, async ({ session, directory, loaded }) => {
    const catalog = await readCatalog(session, { settings: directory.settings, ...choose(directory) });
    const counts = rowCountsByOid(row_counts, directory);
    const sizes = counts.size > 0 ? "assumed" : "unknown";
    const tables = sizes === "assumed" ? await assumeSizes(session, catalog.tables, counts) : catalog.tables;
    return ask({
      session,
      directory,
      catalog: { ...catalog, tables },
      find: finder(directory, tables),
      basis: { source: "schema_sql", planner: plannerOf(session), statistics: sizes === "assumed" ? "assumed" : "none" },
      limits: [...textLimits(loaded), ...countLimits(tables, sizes), ...sizeLimits(session)],
      complete: loaded.refused.length + loaded.missingExtensions.length === 0,
      sizes,
    });
  });
}

interface LoadedText {
  readonly session: Session;
  readonly directory: Directory;
  readonly loaded: Loaded;
}

async function inTwin<Result>(text: string, context: Context, ask: (loaded: LoadedText) => Promise<Result>): Promise<Result> {
  const statements = await parseStatements(withoutPsqlLines(text), { what: "schema_sql", bytes: SCHEMA_BYTES });
  if (statements.length === 0) {
    throw new ToolError(
      "invalid_argument",
      "schema_sql has no statement in it. Pass the CREATE TABLE statements of the tables in question.",
    );
  }
  context.progress("Loading the schema");
  return context.twin.use(
    needsOfText(statements),
    async (session) => {
      const loaded = await loadSchemaText(session, statements);
      return ask({ session, loaded, directory: await readDirectory(session) });
    },
    context.signal,
  );
}

const plannerOf = ({ started }: Session) => `a twin, PostgreSQL ${started.version}`;

function finder(directory: Directory, tables: readonly Table[]): Subject["find"] {
  const byOid = new Map(tables.map((table) => [table.oid, table]));
  return (written) => {
    const found = findRelation(directory, written);
    return found && byOid.get(found.oid);
  };
}

function rowCountsByOid(rowCounts: Readonly<Record<string, number>>, directory: Directory): ReadonlyMap<Oid, number> {
  return new Map(
    Object.entries(rowCounts).map(([written, rows]) => {
      const [name = "", schema] = written.split(".").reverse();
      const found = findRelation(directory, { schema, name });
      if (!found)
        throw new ToolError(
          "unknown_relation",
          `row_counts names ${written}, which schema_sql does not create. Use the table's name, with its schema if it is not public.`,
        );
      return [found.oid, rows];
    }),
  );
}
