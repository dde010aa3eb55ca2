import { type Catalog, type Directory, findFunctions, findRelation, readCatalog } from "../catalog/catalog.ts";
import { type PartName, readDependents, readPartNames } from "../catalog/dependents.ts";
import { readFunctionUses } from "../catalog/function-uses.ts";
import type { Oid } from "../catalog/names.ts";
import { type Policy, readPolicies } from "../catalog/policies.ts";
import { readSequences, type Sequence } from "../catalog/sequences.ts";
import { readTriggers, type Trigger } from "../catalog/triggers.ts";
import type { Database } from "../database/database.ts";
import { type Found, readFound, replacesFunction } from "../migration/found.ts";
import { namesWritten, type WrittenName } from "../migration/named.ts";
import type { Statement } from "../sql/parse.ts";
import { functionsOf } from "../sql/relations.ts";
import { inTransaction } from "./schema.ts";
import type { Context } from "./tool.ts";
import type { Chosen } from "./wanted.ts";

/** The part of a database that a script can reach, and what of it no plan depends on. */
export interface Affected {
  readonly directory: Directory;
  /** Of that part. All that is told of one run comes from the same moment. */
  readonly catalog: Catalog;
  readonly chosen: Chosen;
  /** What no twin has: who may use it, who replicates it. */
  readonly found: Found;
  readonly furniture: {
    readonly schemas: readonly string[];
    readonly sequences: readonly Sequence[];
    readonly triggers: readonly Trigger[];
    readonly policies: readonly Policy[];
  };
}

/** A name that the database does not have is for Postgres to refuse: the script may make it first. */
export async function affectedBy(statements: readonly Statement[], context: Context): Promise<Affected> {
  context.progress("Looking for what the script can reach");
  return inTransaction(context, async (connection, directory) => {
    const written = statements.flatMap(namesWritten);
    const relations = written.map((name) => findRelation(directory, name)).filter((found) => found !== undefined && !found.system);
    const named = [
      ...(await tablesUsing(connection, directory, statements)),
      ...relations.flatMap((found) => (found ? [found.oid] : [])),
      ...ownersOf(await readPartNames(connection), written, directory.settings.searchPath),
    ];
    const reached = await readDependents(connection, [...new Set(named)]);
    const triggers = await readTriggers(connection, reached);
    const functions = [...written, ...statements.flatMap(functionsOf)].flatMap((name) => findFunctions(directory, name));
    const chosen = {
      relations: reached,
      functions: [...new Set([...functions.map(({ oid }) => oid), ...triggers.map((trigger) => trigger.function)])],
    };
    return {
      directory,
      catalog: await readCatalog(connection, { settings: directory.settings, ...chosen }),
      chosen,
      found: await readFound(connection, reached, statements),
      furniture: {
        // What the script makes needs its schema, of which it may touch nothing else.
        schemas: [...new Set(directory.relations.filter(({ system }) => !system).map(({ schema }) => schema))].filter((schema) =>
          written.some((name) => name.schema === schema),
        ),
        triggers,
        sequences: await readSequences(connection, { schemas: [], tables: reached }),
        policies: await readPolicies(connection, reached),
      },
    };
  });
}

/** Tables that store what a function computed which the script replaces. */
async function tablesUsing(connection: Database, directory: Directory, statements: readonly Statement[]): Promise<readonly Oid[]> {
  if (!statements.some(replacesFunction)) return [];
  const written = new Set(statements.flatMap(namesWritten).map(({ name }) => name));
  const uses = (await readFunctionUses(connection)).filter(({ name }) => written.has(name)).flatMap((used) => used.uses);
  return uses.flatMap(({ schema, table }) => findRelation(directory, { schema, name: table })?.oid ?? []);
}

const ownersOf = (parts: readonly PartName[], written: readonly WrittenName[], path: readonly string[]): readonly Oid[] =>
  parts
    .filter((part) =>
      written.some(
        ({ schema, name }) => name === part.name && (schema === undefined ? path.includes(part.schema) : schema === part.schema),
      ),
    )
    .map(({ relation }) => relation);
