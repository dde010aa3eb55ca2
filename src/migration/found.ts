import { type DefaultGrant, readDefaultGrants } from "../catalog/default-grants.ts";
import { readFunctionUses, type StoredFunction } from "../catalog/function-uses.ts";
import { type Grant, readGrants } from "../catalog/grants.ts";
import { readGuardedSchemas } from "../catalog/guarded-schemas.ts";
import type { Oid } from "../catalog/names.ts";
import { type OpenTransaction, readOpenTransactions } from "../catalog/open-transactions.ts";
import { type Publication, readPublications } from "../catalog/publications.ts";
import { readRoles } from "../catalog/roles.ts";
import { readSchemas } from "../catalog/schemas.ts";
import type { Database } from "../database/database.ts";
import type { Statement } from "../sql/parse.ts";

/** What stood around the tables before the script. Tables are those of {@link Effect.table}. */
export interface Found {
  /** On tables and views, where the script drops one. */
  readonly grants: readonly Grant[];
  readonly defaultGrants: readonly DefaultGrant[];
  readonly publications: readonly Publication[];
  /** Now, with what they hold of these tables. */
  readonly open: readonly OpenTransaction[];
  /** Where the script replaces a function. */
  readonly functions: readonly StoredFunction[];
  /** Schemas in which a table without row-level security stands out: those of Supabase's API, and those where every table has it. */
  readonly exposed: readonly string[];
  readonly guarded: readonly string[];
}

const isDrop = ({ tree }: Statement) => "DropStmt" in tree;
const makesTable = ({ kind }: Statement) => kind === "CreateStmt" || kind === "CreateTableAsStmt";

/** Reads no more than these statements can hurt. */
export async function readFound(database: Database, relations: readonly Oid[], statements: readonly Statement[]): Promise<Found> {
  const drops = statements.some(isDrop);
  const makes = statements.some(makesTable);
  const isOfTables = makes || drops || statements.some(({ kind }) => kind === "AlterTableStmt" || kind === "RenameStmt");
  return {
    grants: drops ? await readGrants(database, { relations }) : [],
    defaultGrants: drops ? await readDefaultGrants(database) : [],
    open: await readOpenTransactions(database, relations),
    publications: isOfTables ? await readPublications(database, relations) : [],
    functions: statements.some(replacesFunction) ? await readFunctionUses(database) : [],
    exposed: makes && (await isSupabase(database)) ? ["public"] : [],
    guarded: makes ? (await readGuardedSchemas(database)).map(({ name }) => name) : [],
  };
}

export const replacesFunction = ({ tree }: Statement) => "CreateFunctionStmt" in tree && tree.CreateFunctionStmt.replace === true;

/** Its API takes these roles on for whoever has the public key, and serves `public` (https://supabase.com/docs/guides/api). */
async function isSupabase(database: Database): Promise<boolean> {
  const roles = (await readRoles(database)).map(({ name }) => name);
  if (!["anon", "authenticated"].every((role) => roles.includes(role))) return false;
  return (await readSchemas(database)).some(({ name }) => name === "auth");
}
