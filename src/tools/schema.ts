import { type Catalog, type Directory, findRelation, readCatalog, readDirectory, readRelationDirectory } from "../catalog/catalog.ts";
import type { Oid } from "../catalog/names.ts";
import { readSchema, type Schema } from "../catalog/schema.ts";
import { readSettings } from "../catalog/settings.ts";
import { withoutUserValues } from "../catalog/statistics.ts";
import type { Table } from "../catalog/tables.ts";
import type { Database } from "../database/database.ts";
import { ToolError } from "../error.ts";
import { build, type Copy, copyCatalog, copySizes, needsOf } from "../twin/build.ts";
import { placeEnds } from "../twin/index-ends.ts";
import { pivotsOf } from "../twin/pivots.ts";
import { positionToldBy } from "../twin/schema-text.ts";
import type { Assumption } from "../twin/synthesis.ts";
import type { Holding, Session } from "../twin/twin.ts";
import type { Basis } from "./answer.ts";
import { type Live, readKept } from "./kept.ts";
import { countLimits, countsOf, roleLimits, type Sizes, sizeLimits, statisticsOf, textLimits } from "./limits.ts";
import { learnRights } from "./rights.ts";
import { chosenBy, type Page, type ScopeInput } from "./scope.ts";
import { basisOf, serverLimits, withoutValues } from "./source.ts";
import { unloadedLimits } from "./text-limits.ts";
import { withText } from "./text-schema.ts";
import { plannedSizes, textSizes } from "./text-sizes.ts";
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
  /** Of DDL text, what is taken for true of the values in its tables. */
  readonly assumptions: readonly Assumption[];
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
  /** Statements will be run and committed in the twin: it holds what was chosen and no more, and is given up afterwards. */
  readonly rehearses?: true | undefined;
  /** What is known of the database already. */
  readonly read?: Pick<Known, "directory" | "catalog"> | undefined;
}

type Ask<Result> = (subject: Subject) => Promise<Result>;

/** Asks what Postgres does: the twin holds the schema meanwhile. */
export async function withSchema<Result>(source: Source, context: Context, ask: Ask<Result>): Promise<Result> {
  const text = textOf(source.input);
  if (text !== undefined) return fromText(text, source, context, ask);
  return source.rehearses ? fromFreshTwin(source, context, ask) : fromDatabase(source.choose, context, ask);
}

/** What the catalog says of what was chosen, without a twin: somebody else plans. */
export async function readKnown(choose: Choose, context: Context): Promise<Known> {
  context.progress("Reading the catalog");
  return knownOf(await readKept(choose, context), context);
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
  const database = context.database();
  context.progress("Reading the catalog");
  const read = await database.transaction(async (connection) => {
    await learnRights(database, connection);
    const directory = await readRelationDirectory(connection);
    const { scope, ...chosen } = chosenBy(input, directory);
    const schema = await readSchema(connection, { settings: directory.settings, names: directory.relations, ...scope });
    return { directory, ...chosen, schema };
  }, context);
  const { grade, asOf, limits } = countsOf(read.schema.tables);
  const { settings } = read.directory;
  return {
    ...read,
    basis: basisOf(database, settings, { grade, asOf }),
    limits: [...limits, ...serverLimits(settings)],
    sizes: "measured",
  };
}

/** One snapshot of the database: its names first, then what they say is to be read. */
export function inTransaction<Result>(
  context: Context,
  read: (connection: Database, directory: Directory) => Promise<Result>,
): Promise<Result> {
  const database = context.database();
  context.progress("Reading the catalog");
  return database.transaction(async (connection) => {
    await learnRights(database, connection);
    return read(connection, await readDirectory(connection));
  }, context);
}

async function schemaFromText<Result>(
  text: string,
  input: WholeInput,
  context: Context,
  ask: (known: KnownSchema) => Promise<Result>,
): Promise<Result> {
  return withText({ text, input }, context, async (given) => {
    const { session, directory, loaded, counts } = given;
    const { scope, ...chosen } = chosenBy(input, directory);
    let known: Pick<Awaited<ReturnType<typeof textSizes>>, "sizes" | "grade"> = { sizes: "unknown", grade: "none" };
    const sized = async (tables: readonly Table[]) => {
      const found = await textSizes(given, tables);
      known = found;
      return found.tables;
    };
    const read = await readSchema(session, { settings: await readSettings(session), ...scope, sized });
    const schema = { ...read, sequences: read.sequences.map((sequence) => positionToldBy(loaded, sequence)) };
    return ask({
      ...{ ...chosen, directory, schema },
      basis: { source: "schema_sql", statistics: known.grade },
      limits: [...textLimits(loaded), ...unloadedLimits(loaded), ...counts.limits],
      sizes: known.sizes === "unknown" ? "unknown" : "assumed",
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

function knownOf({ directory, catalog }: Pick<Known, "directory" | "catalog">, context: Context): Known {
  const statistics = withoutValues(context.database(), statisticsOf(catalog));
  return {
    directory,
    catalog,
    find: finder(directory, catalog.tables),
    basis: basisOf(context.database(), directory.settings, statistics),
    limits: [...statistics.limits, ...roleLimits(directory.settings), ...serverLimits(directory.settings)],
    sizes: "measured",
    assumptions: [],
  };
}

const readPart = async (connection: Database, directory: Directory, choose: Choose) => ({
  directory,
  catalog: await readCatalog(connection, { settings: directory.settings, ...choose(directory) }),
});

async function fromFreshTwin<Result>({ choose, read: known }: Source, context: Context, ask: Ask<Result>): Promise<Result> {
  const read = known ?? (await inTransaction(context, (connection, directory) => readPart(connection, directory, choose)));
  return context.twin.use(
    needsOf(read.catalog),
    async (session) => {
      context.progress("Building the twin");
      const missing = await build(session, numbersOnly(read.catalog));
      return ask(inSession(knownOf(read, context), { session, missing }));
    },
    context.signal,
  );
}

/** The caller's statements are run, and may read whatever is there: no value of the user's rows is. */
const numbersOnly = (catalog: Catalog): Catalog => ({
  ...catalog,
  statistics: catalog.statistics.map((row) => ({ ...row, values: withoutUserValues(row.values) })),
  extendedValues: [],
});

/** From the twin as earlier questions left it: only what changed since, or was not needed before, is read and built. */
async function fromDatabase<Result>(choose: Choose, context: Context, ask: Ask<Result>): Promise<Result> {
  context.progress("Reading the catalog");
  const live = await readKept(choose, context);
  const { catalog, whole, key } = live;
  const holding: Holding<Built> = {
    needs: needsOf(whole),
    key,
    async hold(session, held) {
      return resize(session, live, held ?? (await built(session, whole, context)));
    },
  };
  const asked = new Set(catalog.tables.map(({ oid }) => oid));
  return context.twin.holding(
    holding,
    (session, { limits }) => {
      const missing = limits.filter(({ table }) => table === undefined || asked.has(table)).map(({ text }) => text);
      return ask(inSession(knownOf({ directory: live.directory, catalog }, context), { session, missing }));
    },
    context.signal,
  );
}

async function built(session: Session, whole: Catalog, context: Context): Promise<Built> {
  context.progress("Building the twin");
  const copy = await copyCatalog(session, whole);
  await placeEnds(session, whole);
  return { ...copy, sizes: sizesOf(whole.tables) };
}

interface Built extends Copy {
  /** As the planner was told them, by table. */
  readonly sizes: ReadonlyMap<Oid, string>;
}

const sizesOf = (tables: readonly Table[]): ReadonlyMap<Oid, string> =>
  new Map(
    tables.map(({ oid, size, indexes }) => [
      oid,
      JSON.stringify([size, indexes.map(({ blocks, pages, tuples }) => [blocks, pages, tuples])]),
    ]),
  );

/** Tables grow from one question to the next. */
async function resize(session: Session, { catalog, whole }: Live, held: Built): Promise<Built> {
  const sizes = sizesOf(catalog.tables);
  const changed = catalog.tables.filter(({ oid }) => sizes.get(oid) !== held.sizes.get(oid));
  if (changed.length > 0) await copySizes(session, { tables: changed, here: held.here, pivots: pivotsOf(whole.statistics) });
  return { ...held, sizes: new Map([...held.sizes, ...sizes]) };
}

function inSession(known: Known, { session, missing }: { readonly session: Session; readonly missing: readonly string[] }): Subject {
  return {
    ...known,
    basis: { ...known.basis, planner: plannerOf(session) },
    limits: [...missing, ...known.limits, ...sizeLimits(session)],
    session,
    complete: missing.length === 0,
  };
}

async function fromText<Result>(text: string, { input, choose, rehearses }: Source, context: Context, ask: Ask<Result>): Promise<Result> {
  return withText({ text, input, rehearses }, context, async (given) => {
    const { session, directory, loaded, catalogOf } = given;
    const catalog = await catalogOf(session, choose(directory).relations);
    const { tables, sizes, grade, assumptions, limits } = await plannedSizes(given, catalog.tables, catalog.statistics);
    return ask({
      session,
      directory,
      catalog: { ...catalog, tables },
      find: finder(directory, tables),
      basis: { source: "schema_sql", planner: plannerOf(session), statistics: grade },
      limits: [
        ...textLimits(loaded),
        ...unloadedLimits(loaded),
        ...given.counts.limits,
        ...limits,
        ...(sizes === "measured" ? [] : countLimits(tables, sizes)),
        ...sizeLimits(session),
      ],
      complete: loaded.refused.length + loaded.missingExtensions.length === 0,
      sizes,
      assumptions,
    });
  });
}

const plannerOf = ({ started }: Session) => `a twin, PostgreSQL ${started.version}`;

function finder(directory: Directory, tables: readonly Table[]): Subject["find"] {
  const byOid = new Map(tables.map((table) => [table.oid, table]));
  return (written) => {
    const found = findRelation(directory, written);
    return found && byOid.get(found.oid);
  };
}
