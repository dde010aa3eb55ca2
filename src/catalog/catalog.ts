import type { Database } from "../database/database.ts";
import { type Aggregate, readAggregates } from "./aggregates.ts";
import { type BaseType, readBaseTypes } from "./base-types.ts";
import { type Cast, readCasts } from "./casts.ts";
import { type Collation, readCollations } from "./collations.ts";
import { type ExtendedStatistics, readExtendedStatistics } from "./extended-statistics.ts";
import { type ExtendedValues, readExtendedValues } from "./extended-statistics-values.ts";
import { type Extension, readExtensions } from "./extensions.ts";
import { readFunctionCalls } from "./function-calls.ts";
import { readFunctions, type UserFunction } from "./functions.ts";
import { type FunctionName, type Oid, type RelationName, readFunctionNames, readNames, readNeededRelations } from "./names.ts";
import { type Operator, readOperators } from "./operators.ts";
import { type PlannerSigns, readPlannerSigns } from "./planners.ts";
import { type Rewrite, readRewrites } from "./rewrites.ts";
import { readOwnSettings, readSettings, type Settings } from "./settings.ts";
import { type ColumnStatistics, readStatistics } from "./statistics.ts";
import { readStatisticsAccess, type StatisticsAccess } from "./statistics-access.ts";
import { readTables, type Table } from "./tables.ts";
import { readUserTypes, type UserType } from "./user-types.ts";

/** What everyone may look up before a table is chosen: settings and all names. */
export interface Directory {
  readonly settings: Settings;
  readonly relations: readonly RelationName[];
  readonly sequences: readonly RelationName[];
  readonly functions: readonly FunctionName[];
}

export async function readDirectory(database: Database): Promise<Directory> {
  const settings = await readSettings(database);
  const names = await readNames(database);
  const functions = await readFunctionNames(database);
  return { settings, ...names, functions };
}

/** The same without what only plans need: functions by their names, and what is set for other roles. */
export async function readRelationDirectory(database: Database): Promise<Directory> {
  return { settings: await readOwnSettings(database), ...(await readNames(database)), functions: [] };
}

/** A part of a database, whole in itself: what a question needs, and everything that needs. */
export interface Catalog {
  readonly settings: Settings;
  readonly tables: readonly Table[];
  readonly types: readonly UserType[];
  readonly baseTypes: readonly BaseType[];
  readonly collations: readonly Collation[];
  readonly functions: readonly UserFunction[];
  readonly aggregates: readonly Aggregate[];
  readonly operators: readonly Operator[];
  readonly casts: readonly Cast[];
  readonly rewrites: readonly Rewrite[];
  readonly plannerSigns: PlannerSigns;
  readonly extensions: readonly Extension[];
  readonly statistics: readonly ColumnStatistics[];
  readonly extended: readonly ExtendedStatistics[];
  readonly extendedValues: readonly ExtendedValues[];
  readonly access: readonly StatisticsAccess[];
}

export interface Wanted {
  readonly settings: Settings;
  readonly relations: readonly Oid[];
  readonly functions: readonly Oid[];
}

export async function readCatalog(database: Database, { settings, relations, functions }: Wanted): Promise<Catalog> {
  const aggregates = await readAggregates(database);
  const operators = await readOperators(database);
  const casts = await readCasts(database);
  const calling = [
    ...aggregates.flatMap((made) => made.functions),
    ...operators.map((made) => made.functionOid),
    ...casts.map((made) => made.functionOid ?? 0),
  ];
  const { needed, rewrites, ...reached } = await reach(database, { relations, functions: [...functions, ...calling] });
  const tables = await readTables(database, needed);
  const indexes = tables.flatMap((table) => table.indexes.map((index) => index.oid));
  const extended = await readExtendedStatistics(database, needed);
  return {
    settings,
    tables,
    ...reached,
    aggregates,
    operators,
    casts,
    rewrites,
    baseTypes: await readBaseTypes(database),
    collations: await readCollations(database),
    plannerSigns: await readPlannerSigns(database),
    extensions: await readExtensions(database),
    statistics: await readStatistics(database, { relations: [...needed, ...indexes], versionNumber: settings.versionNumber }),
    extended,
    extendedValues: await readExtendedValues(database, { objects: extended, versionNumber: settings.versionNumber }),
    access: await readStatisticsAccess(database, needed),
  };
}

/**
 * Of a database whose schema a text has just made: what is to be judged of these relations. What made them is in the text,
 * so nothing is read of it. `restored`: whether the text brought statistics.
 */
export async function readMade(
  database: Database,
  { settings, relations, restored }: Omit<Wanted, "functions"> & { readonly restored: boolean },
): Promise<Catalog> {
  const needed = await readNeededRelations(database, relations);
  const tables = await readTables(database, needed);
  const indexes = tables.flatMap((table) => table.indexes.map((index) => index.oid));
  const nothing = { types: [], baseTypes: [], collations: [], functions: [], aggregates: [], operators: [], casts: [], rewrites: [] };
  return {
    ...nothing,
    settings,
    tables,
    plannerSigns: { banner: "", prefixes: [], aurora: false },
    extensions: [],
    statistics: restored
      ? await readStatistics(database, { relations: [...needed, ...indexes], versionNumber: settings.versionNumber })
      : [],
    extended: [],
    extendedValues: [],
    access: [],
  };
}

/** Relations need functions and types, types need functions, and a function may read relations: until nothing more is needed. */
async function reach(database: Database, wanted: Pick<Wanted, "relations" | "functions">) {
  const named = new Set(wanted.functions);
  let needed = await readNeededRelations(database, wanted.relations);
  for (;;) {
    const rewrites = await readRewrites(database, needed);
    const functions = await readFunctions(database, {
      tables: needed,
      named: [...named, ...rewrites.map((rewrite) => rewrite.function ?? 0)],
    });
    const oids = functions.map((found) => found.oid);
    const types = await readUserTypes(database, needed, oids);
    const calls = await readFunctionCalls(database, oids);
    const called = [...calls.flatMap((call) => call.functions), ...types.map((type) => type.range?.differenceOid ?? 0)];
    const callees = called.filter((callee) => callee !== 0 && !oids.includes(callee) && !named.has(callee));
    const read = calls.flatMap((call) => call.relations).filter((relation) => !needed.includes(relation));
    if (callees.length + read.length === 0) return { needed, rewrites, functions, types };
    for (const callee of callees) named.add(callee);
    needed = read.length === 0 ? needed : await readNeededRelations(database, [...needed, ...read]);
  }
}

/** A name as the caller wrote it, already folded to lower case where it was not quoted. */
export interface WrittenName {
  readonly schema?: string | undefined;
  readonly name: string;
}

/** Postgres looks into `pg_catalog` first where nobody says when. */
const pathOf = ({ searchPath }: Settings) => (searchPath.includes("pg_catalog") ? searchPath : ["pg_catalog", ...searchPath]);

/** Finds what Postgres would find by this name: in its schema, or in the first schema of the search path that has it. */
export const findRelation = ({ settings, relations }: Directory, written: WrittenName): RelationName | undefined =>
  findIn(relations, written, settings);

/** A sequence can be read like a table of one row. */
export const findSequence = ({ settings, sequences }: Directory, written: WrittenName): RelationName | undefined =>
  findIn(sequences, written, settings);

function findIn(names: readonly RelationName[], { schema, name }: WrittenName, settings: Settings): RelationName | undefined {
  const path = schema === undefined ? pathOf(settings) : [schema];
  return path.map((place) => names.find((relation) => relation.name === name && relation.schema === place)).find(Boolean);
}

/** Every overload that the name may mean: which one is meant is for Postgres to say. */
export function findFunctions({ settings, functions }: Directory, { schema, name }: WrittenName): readonly FunctionName[] {
  const path = schema === undefined ? settings.searchPath : [schema];
  return functions.filter((candidate) => candidate.name === name && path.includes(candidate.schema));
}
