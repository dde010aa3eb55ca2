import { type Capacity, readCapacity } from "../catalog/capacity.ts";
import { type DefaultGrant, readDefaultGrants } from "../catalog/default-grants.ts";
import { readFunctionUses, type StoredFunction } from "../catalog/function-uses.ts";
import { type Grant, readGrants } from "../catalog/grants.ts";
import { readGuardedSchemas } from "../catalog/guarded-schemas.ts";
import type { Oid } from "../catalog/names.ts";
import { type OpenTransaction, readOpenTransactions } from "../catalog/open-transactions.ts";
import { type Publication, readPublications } from "../catalog/publications.ts";
import { type ReplicationSlot, readReplicationSlots } from "../catalog/replication-slots.ts";
import { readVersionNumber } from "../catalog/settings.ts";
import { readStandbys, type Standby } from "../catalog/standbys.ts";
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
  /** Now, those that keep WAL. */
  readonly slots: readonly ReplicationSlot[];
  readonly standbys: readonly Standby[];
  /** Undefined where it was not read. */
  readonly capacity: Capacity | undefined;
  /** Where the script replaces a function. */
  readonly functions: readonly StoredFunction[];
  /** Schemas in which every table has row-level security, where the script makes one. */
  readonly guarded: readonly string[];
  /** `server_version_num` of where this was read, where the script builds an index concurrently. The twin's own if there is no database. */
  readonly versionNumber: number | undefined;
}

const isDrop = ({ tree }: Statement) => "DropStmt" in tree;
const isConcurrent = ({ kind, text }: Statement) => (kind === "IndexStmt" || kind === "ReindexStmt") && /concurrently/i.test(text);
const makesTable = ({ kind }: Statement) => kind === "CreateStmt" || kind === "CreateTableAsStmt";

/** Reads no more than these statements can hurt. */
export async function readFound(database: Database, relations: readonly Oid[], statements: readonly Statement[]): Promise<Found> {
  const drops = statements.some(isDrop);
  const makes = statements.some(makesTable);
  const isOfTables = makes || drops || statements.some(({ kind }) => kind === "AlterTableStmt" || kind === "RenameStmt");
  return {
    grants: drops ? await readGrants(database, { relations }) : [],
    defaultGrants: drops || makes ? await readDefaultGrants(database) : [],
    open: await readOpenTransactions(database, relations),
    slots: await readReplicationSlots(database),
    standbys: await readStandbys(database),
    capacity: await readCapacity(database),
    publications: isOfTables ? await readPublications(database, relations) : [],
    functions: statements.some(replacesFunction) ? await readFunctionUses(database) : [],
    guarded: makes ? (await readGuardedSchemas(database)).map(({ name }) => name) : [],
    versionNumber: statements.some(isConcurrent) ? await readVersionNumber(database) : undefined,
  };
}

export const replacesFunction = ({ tree }: Statement) => "CreateFunctionStmt" in tree && tree.CreateFunctionStmt.replace === true;
