import type { Database } from "../database/database.ts";
import { type Extension, readExtensions } from "./extensions.ts";
import { readFunctions, type UserFunction } from "./functions.ts";
import { type FunctionName, type Oid, type RelationName, readFunctionNames, readNeededRelations, readRelationNames } from "./names.ts";
import { readSettings, type Settings } from "./settings.ts";
import { type ColumnStatistics, readStatistics } from "./statistics.ts";
import { readTables, type Table } from "./tables.ts";
import { readUserTypes, type UserType } from "./user-types.ts";

/** What everyone may look up before a table is chosen: settings and all names. */
export interface Directory {
  readonly settings: Settings;
  readonly relations: readonly RelationName[];
  readonly functions: readonly FunctionName[];
}

export async function readDirectory(database: Database): Promise<Directory> {
  const settings = await readSettings(database);
  const relations = await readRelationNames(database);
  const functions = await readFunctionNames(database);
  return { settings, relations, functions };
}

/** A part of a database, whole in itself: what a question needs, and everything that needs. */
export interface Catalog {
  readonly settings: Settings;
  readonly tables: readonly Table[];
  readonly types: readonly UserType[];
  readonly functions: readonly UserFunction[];
  readonly extensions: readonly Extension[];
  readonly statistics: readonly ColumnStatistics[];
}

export interface Wanted {
  readonly settings: Settings;
  readonly relations: readonly Oid[];
  readonly functions: readonly Oid[];
}

export async function readCatalog(database: Database, { settings, relations, functions }: Wanted): Promise<Catalog> {
  const needed = await readNeededRelations(database, relations);
  const tables = await readTables(database, needed);
  const indexes = tables.flatMap((table) => table.indexes.map((index) => index.oid));
  return {
    settings,
    tables,
    types: await readUserTypes(database, needed),
    functions: await readFunctions(database, { tables: needed, named: functions }),
    extensions: await readExtensions(database),
    statistics: await readStatistics(database, { relations: [...needed, ...indexes], versionNumber: settings.versionNumber }),
  };
}

/** A name as the caller wrote it, already folded to lower case where it was not quoted. */
export interface WrittenName {
  readonly schema?: string | undefined;
  readonly name: string;
}

/** Finds what Postgres would find by this name: in its schema, or in the first schema of the search path that has it. */
export function findRelation({ settings, relations }: Directory, { schema, name }: WrittenName): RelationName | undefined {
  const path = schema === undefined ? ["pg_catalog", ...settings.searchPath] : [schema];
  return path.map((place) => relations.find((relation) => relation.name === name && relation.schema === place)).find(Boolean);
}

/** Every overload that the name may mean: which one is meant is for Postgres to say. */
export function findFunctions({ settings, functions }: Directory, { schema, name }: WrittenName): readonly FunctionName[] {
  const path = schema === undefined ? settings.searchPath : [schema];
  return functions.filter((candidate) => candidate.name === name && path.includes(candidate.schema));
}
