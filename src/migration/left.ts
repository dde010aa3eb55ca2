import { readFunctionUses, type StoredFunction } from "../catalog/function-uses.ts";
import { type Grant, readGrants } from "../catalog/grants.ts";
import { type Policy, readPolicies } from "../catalog/policies.ts";
import { readSequences, type Sequence } from "../catalog/sequences.ts";
import type { Table } from "../catalog/tables.ts";
import type { Database } from "../database/database.ts";
import { alterationsOf } from "../sql/alterations.ts";
import type { Statement } from "../sql/parse.ts";
import type { Name } from "../sql/quote.ts";
import { replacesFunction } from "./found.ts";

/** What the whole script leaves behind in the twin. Its oids are the twin's own. */
export interface Left {
  /** Those that the script names, without sizes. */
  readonly tables: readonly Table[];
  /** Of their columns, where the script changes a type. */
  readonly sequences: readonly Sequence[];
  /** Where the script switches row-level security on. */
  readonly policies: readonly Policy[];
  /** Where the script drops something. */
  readonly grants: readonly Grant[];
  /** Where the script replaces a function. */
  readonly functions: readonly StoredFunction[];
  /** Indexes that it builds or rebuilds, each with its table. */
  readonly built: readonly { readonly table: Name; readonly index: string }[];
}

/** Reads no more than these statements can have changed. */
export async function readLeft(
  database: Database,
  tables: readonly Table[],
  statements: readonly Statement[],
): Promise<Omit<Left, "built">> {
  const oids = tables.map(({ oid }) => oid);
  const subtypes = new Set(statements.flatMap(alterationsOf).map(({ command }) => command.subtype));
  return {
    tables,
    sequences: subtypes.has("AT_AlterColumnType") ? await readSequences(database, { schemas: [], tables: oids }) : [],
    policies: subtypes.has("AT_EnableRowSecurity") ? await readPolicies(database, oids) : [],
    grants: statements.some(({ kind }) => kind === "DropStmt") ? await readGrants(database, { relations: oids }) : [],
    functions: statements.some(replacesFunction) ? await readFunctionUses(database) : [],
  };
}
