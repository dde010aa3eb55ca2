import { findRelation, readDirectory } from "../catalog/catalog.ts";
import { type Oid, readNeededRelations } from "../catalog/names.ts";
import { type Policy, readPolicies } from "../catalog/policies.ts";
import { readReferrers } from "../catalog/referrers.ts";
import { type Role, readRoles } from "../catalog/roles.ts";
import { readTriggers, type Trigger } from "../catalog/triggers.ts";
import type { Database } from "../database/database.ts";
import type { Statement } from "../sql/parse.ts";
import { relationsOf } from "../sql/relations.ts";
import { type SchemaInput, withSchema } from "./schema.ts";
import type { Context } from "./tool.ts";

/** What a write fires, is held back by and is carried on to, beside tables. */
export interface Furniture {
  /** The tables that are written, and those that refer to them. */
  readonly relations: readonly Oid[];
  readonly triggers: readonly Trigger[];
  readonly policies: readonly Policy[];
  /** Empty where the schema is a text: nobody asks. */
  readonly roles: readonly Role[];
}

export const noFurniture: Furniture = { relations: [], triggers: [], policies: [], roles: [] };

/** Nothing is read where no statement writes. A name that is not there is left to who reads the tables. */
export async function readFurniture(statements: readonly Statement[], input: SchemaInput, context: Context): Promise<Furniture> {
  const targets = statements.flatMap(relationsOf).filter(({ target }) => target);
  if (targets.length === 0) return noFurniture;
  const oidsIn = (directory: Parameters<typeof findRelation>[0]) =>
    targets.map((written) => findRelation(directory, written)).flatMap((found) => (found && !found.system ? [found.oid] : []));
  if (input.schema_sql === undefined) {
    context.progress("Looking for what the statement can reach");
    return context
      .database()
      .transaction(async (connection) => around(connection, oidsIn(await readDirectory(connection)), await readRoles(connection)), context);
  }
  let named: readonly Oid[] = [];
  const choose = (directory: Parameters<typeof findRelation>[0]) => {
    named = oidsIn(directory);
    return { relations: named, functions: [] };
  };
  return withSchema({ input, choose }, context, ({ session }) => around(session, named, []));
}

async function around(database: Database, named: readonly Oid[], roles: readonly Role[]): Promise<Furniture> {
  const relations = await readReferrers(database, await readNeededRelations(database, named));
  return { relations, roles, triggers: await readTriggers(database, relations), policies: await readPolicies(database, relations) };
}
