import { type Catalog, type Directory, findRelation, readCatalog, readDirectory } from "../catalog/catalog.ts";
import type { Oid } from "../catalog/names.ts";
import type { Table } from "../catalog/tables.ts";
import { ToolError } from "../error.ts";
import { parseStatements } from "../sql/parse.ts";
import { spanOf } from "../sql/position.ts";
import { withoutPsqlLines } from "../sql/psql.ts";
import { nameOf } from "../sql/quote.ts";
import { assumeSizes } from "../twin/assume.ts";
import { build, needsOf } from "../twin/build.ts";
import { type Loaded, loadSchemaText, needsOfText } from "../twin/schema-text.ts";
import type { Session } from "../twin/twin.ts";
import type { Basis } from "./answer.ts";
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
  /** Sizes are known or told, so costs can be compared; with statistics they can be shown. */
  readonly sizes: "measured" | "assumed" | "unknown";
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
  const database = context.database();
  context.progress("Reading the catalog");
  const { directory, catalog } = await database.transaction(
    async (connection) => {
      const directory = await readDirectory(connection);
      return { directory, catalog: await readCatalog(connection, { settings: directory.settings, ...choose(directory) }) };
    },
    { signal: context.signal },
  );
  const statistics = statisticsOf(catalog);
  return {
    directory,
    catalog,
    find: finder(directory, catalog.tables),
    basis: {
      source: "live",
      database: database.describe(),
      server_version: directory.settings.version,
      statistics: statistics.grade,
      ...(statistics.asOf !== undefined && { as_of: statistics.asOf }),
      ...(directory.settings.statisticsReset !== undefined && { statistics_reset: directory.settings.statisticsReset }),
    },
    limits: statistics.limits,
    sizes: "measured",
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
      const directory = await readDirectory(session);
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
