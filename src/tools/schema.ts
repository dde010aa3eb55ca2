import { type Catalog, type Directory, findFunctions, findRelation, readCatalog, readDirectory } from "../catalog/catalog.ts";
import type { Oid } from "../catalog/names.ts";
import type { Table } from "../catalog/tables.ts";
import { nearest, ToolError } from "../error.ts";
import { parseStatements, type Statement } from "../sql/parse.ts";
import { spanOf } from "../sql/position.ts";
import { withoutPsqlLines } from "../sql/psql.ts";
import { nameOf } from "../sql/quote.ts";
import { functionsOf, type RelationRef, relationsOf } from "../sql/relations.ts";
import { assumeSizes } from "../twin/assume.ts";
import { build, needsOf } from "../twin/build.ts";
import { type Loaded, loadSchemaText, needsOfText } from "../twin/schema-text.ts";
import type { Session } from "../twin/twin.ts";
import type { Basis } from "./answer.ts";
import type { Context } from "./tool.ts";

/** A statement with the schema it is about, while the twin holds that schema. */
export interface Subject {
  readonly session: Session;
  readonly directory: Directory;
  /** Those the statement names and those they need. */
  readonly tables: readonly Table[];
  readonly find: (written: { readonly schema?: string | undefined; readonly name: string }) => Table | undefined;
  readonly basis: Basis;
  readonly limits: readonly string[];
  /** Nothing that was asked for is missing from the twin. */
  readonly complete: boolean;
  /** Sizes are known or told, so costs can be compared; with statistics they can be shown. */
  readonly sizes: "measured" | "assumed" | "unknown";
}

export interface SchemaInput {
  readonly schema_sql?: string | undefined;
  readonly row_counts?: Readonly<Record<string, number>> | undefined;
}

/** DDL text may be a whole dump. */
const SCHEMA_BYTES = 2_000_000;

/** Asks a question of a statement with its schema in the twin: from DDL text if there is one, else from the database. */
export function withSchema<Result>(
  { input, statement }: { input: SchemaInput; statement: Statement },
  context: Context,
  ask: (subject: Subject) => Promise<Result>,
): Promise<Result> {
  if (input.schema_sql !== undefined) return fromText({ ...input, schema_sql: input.schema_sql }, statement, context, ask);
  if (input.row_counts !== undefined) {
    throw new ToolError(
      "invalid_argument",
      "row_counts goes with schema_sql: a live database knows its own sizes. Pass the DDL too, or leave row_counts out.",
    );
  }
  return fromDatabase(statement, context, ask);
}

async function fromDatabase<Result>(statement: Statement, context: Context, ask: (subject: Subject) => Promise<Result>): Promise<Result> {
  const database = context.database();
  context.progress("Reading the catalog");
  const { directory, catalog } = await database.transaction(
    async (connection) => {
      const directory = await readDirectory(connection);
      return { directory, catalog: await readCatalog(connection, wanted(statement, directory)) };
    },
    { signal: context.signal },
  );
  return context.twin.use(
    needsOf(catalog),
    async (session) => {
      context.progress("Building the twin");
      const missing = await build(session, catalog);
      const statistics = statisticsOf(catalog);
      return ask({
        session,
        directory,
        tables: catalog.tables,
        find: finder(directory, catalog.tables),
        basis: {
          source: "live",
          database: database.describe(),
          server_version: directory.settings.version,
          planner: plannerOf(session),
          statistics: statistics.grade,
          ...(statistics.asOf !== undefined && { as_of: statistics.asOf }),
          ...(directory.settings.statisticsReset !== undefined && { statistics_reset: directory.settings.statisticsReset }),
        },
        limits: [...missing, ...statistics.limits, ...sizeLimits(session)],
        complete: missing.length === 0,
        sizes: "measured",
      });
    },
    context.signal,
  );
}

async function fromText<Result>(
  { schema_sql, row_counts = {} }: { schema_sql: string; row_counts?: Readonly<Record<string, number>> | undefined },
  statement: Statement,
  context: Context,
  ask: (subject: Subject) => Promise<Result>,
): Promise<Result> {
  const statements = await parseStatements(withoutPsqlLines(schema_sql), { what: "schema_sql", bytes: SCHEMA_BYTES });
  if (statements.length === 0)
    throw new ToolError(
      "invalid_argument",
      "schema_sql has no statement in it. Pass the CREATE TABLE statements of the tables in question.",
    );
  context.progress("Loading the schema");
  return context.twin.use(
    needsOfText(statements),
    async (session) => {
      const loaded = await loadSchemaText(session, statements);
      const directory = await readDirectory(session);
      const { tables } = await readCatalog(session, wanted(statement, directory));
      const counts = rowCountsByOid(row_counts, directory);
      const sizes = counts.size > 0 ? "assumed" : "unknown";
      const assumed = sizes === "assumed" ? await assumeSizes(session, tables, counts) : tables;
      return ask({
        session,
        directory,
        tables: assumed,
        find: finder(directory, assumed),
        basis: { source: "schema_sql", planner: plannerOf(session), statistics: sizes === "assumed" ? "assumed" : "none" },
        limits: [...textLimits(loaded), ...countLimits(assumed, sizes), ...sizeLimits(session)],
        complete: loaded.refused.length + loaded.missingExtensions.length === 0,
        sizes,
      });
    },
    context.signal,
  );
}

const plannerOf = ({ started }: Session) => `a twin, PostgreSQL ${started.version}`;

/** The relations and functions that the statement names; a relation that is not there is the caller's to put right. */
function wanted(statement: Statement, directory: Directory) {
  const relations = relationsOf(statement).map((written) => {
    const found = findRelation(directory, written);
    if (!found) throw unknownRelation(written, directory);
    return found;
  });
  return {
    settings: directory.settings,
    relations: unique(relations.filter((relation) => !relation.system).map((relation) => relation.oid)),
    functions: unique(functionsOf(statement).flatMap((written) => findFunctions(directory, written).map((found) => found.oid))),
  };
}

const unique = (oids: readonly Oid[]) => [...new Set(oids)];

function unknownRelation({ schema, name, span }: RelationRef, { relations, settings }: Directory): ToolError {
  const written = nameOf(schema, name);
  const own = relations.filter((relation) => !relation.system);
  const elsewhere = own.filter((relation) => relation.name === name).map((relation) => `${nameOf(relation.schema, relation.name)}`);
  const similar = nearest(
    name,
    own.map((relation) => relation.name),
  ).map((close) => `${nameOf(undefined, close)}`);
  const where = schema === undefined ? `in the search path (${settings.searchPath.join(", ") || "empty"})` : "there";
  const help =
    elsewhere.length > 0
      ? `It is in another schema: write ${elsewhere.join(" or ")}.`
      : similar.length > 0
        ? `Perhaps you mean ${similar.join(" or ")}.`
        : `${own.length} relations are known; check the name, its schema and its case.`;
  return new ToolError("unknown_relation", `There is no relation ${written} ${where} (line ${span.line}, column ${span.column}). ${help}`);
}

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

/** Whether the tables that hold rows have statistics, and how old those are. */
function statisticsOf({ tables, statistics }: Catalog) {
  const known = new Set(statistics.map(({ schema, relation }) => `${schema}.${relation}`));
  const filled = tables.filter((table) => (table.kind === "table" || table.kind === "materialized view") && table.size.blocks > 0);
  const bare = filled.filter((table) => !known.has(`${table.schema}.${table.name}`));
  const dates = filled.map((table) => table.analyzed).filter((date) => date !== undefined);
  const grade: Basis["statistics"] = bare.length === 0 ? "full" : bare.length < filled.length ? "partial" : "none";
  return { grade, asOf: dates.sort()[0], limits: bare.map(whyBare) };
}

/** `pg_stats` shows a role what it may read, and nothing of a table whose policies hold for it (https://www.postgresql.org/docs/current/view-pg-stats.html). */
function whyBare(table: Table): string {
  const name = nameOf(table.schema, table.name);
  if (!table.readable) return `this role may not read the statistics of ${name}: grant select on ${name} to it`;
  if (table.rowSecurity && table.analyzed !== undefined) return `row-level security hides the statistics of ${name} from this role`;
  return `there are no statistics of ${name}: analyze ${name};`;
}

const sizeLimits = ({ started }: Session): readonly string[] =>
  started.sizes === "hook" ? [] : ["sizes are told to the twin by the length of its files, so the height of B-trees is missing from costs"];

function textLimits({ refused, missingExtensions }: Loaded): readonly string[] {
  const statements = refused.map(({ statement, refused: no }) => {
    const { line } = spanOf(statement.source, statement.start, statement.end);
    return `line ${line} of schema_sql was refused: ${no.message}`;
  });
  return [...statements, ...missingExtensions.map((extension) => `extension ${extension} is not in the twin, nor what needs it`)];
}

function countLimits(tables: readonly Table[], sizes: Subject["sizes"]): readonly string[] {
  if (sizes === "unknown") return ["sizes are unknown, so no plan is shown: pass row_counts ({ table: rows })"];
  const bare = tables
    .filter((table) => table.kind === "table" && table.rows === undefined)
    .map((table) => nameOf(table.schema, table.name));
  const counted = "values and their spread are assumed, so plans are shown without costs";
  return bare.length === 0 ? [counted] : [counted, `no row count for ${bare.join(", ")}`];
}
