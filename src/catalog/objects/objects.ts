import type { Database } from "../../database/database.ts";
import type { CatalogQuery } from "../query.ts";
import { objectsOfFunctions, objectsOfPolicies, objectsOfRules, objectsOfTriggers, objectsOfViews } from "./code.ts";
import { objectsOfExtensions, objectsOfSchemas, objectsOfSequences, objectsOfTypes } from "./foundations.ts";
import type { CatalogObject } from "./object.ts";
import { objectsOfDefaultGrants, objectsOfGrants, objectsOfRoleSettings, objectsOfServerSettings } from "./rights.ts";
import { objectsOfColumns, objectsOfConstraints, objectsOfIndexes, objectsOfStatistics, objectsOfTables } from "./tables.ts";

/** In the order in which most can be made. */
export const objectQueries: readonly CatalogQuery[] = [
  objectsOfSchemas,
  objectsOfExtensions,
  objectsOfTypes,
  objectsOfSequences,
  objectsOfFunctions,
  objectsOfTables,
  objectsOfColumns,
  objectsOfConstraints,
  objectsOfViews,
  objectsOfRules,
  objectsOfIndexes,
  objectsOfStatistics,
  objectsOfTriggers,
  objectsOfPolicies,
  objectsOfGrants,
  objectsOfDefaultGrants,
  objectsOfRoleSettings,
  objectsOfServerSettings,
];

/** All that somebody made in a database, by name. Nothing from a snapshot that was written before this was asked. */
export async function readObjects(database: Database): Promise<readonly CatalogObject[]> {
  const objects: CatalogObject[] = [];
  for (const { sql } of objectQueries) objects.push(...(await database.read<CatalogObject>(sql)));
  return objects;
}
