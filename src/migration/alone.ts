import type { AlterTableStmt, DropStmt, IndexStmt, ReindexStmt, VacuumStmt } from "@pgsql/types";
import type { Statement } from "../sql/parse.ts";
import { namesIn } from "../sql/relations.ts";
import type { Relation } from "./observe.ts";
import type { LockMode } from "./step.ts";

/**
 * What Postgres runs only outside a transaction block, because it takes several transactions of its own or works on
 * files: undefined for anything else. Locks are gone before they could be read, so they are told from the manual and held
 * against real servers by `tests/locks.test.ts`.
 */
export interface Alone {
  /** As its error message calls it. */
  readonly command: string;
  locks(relations: readonly Relation[]): readonly { readonly oid: number; readonly mode: LockMode }[];
}

const nothing = () => [];

/** https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES */
export function runsAlone({ tree }: Statement): Alone | undefined {
  if ("IndexStmt" in tree) return createIndex(tree.IndexStmt);
  if ("DropStmt" in tree) return dropIndex(tree.DropStmt);
  if ("ReindexStmt" in tree) return reindex(tree.ReindexStmt);
  if ("VacuumStmt" in tree) return vacuum(tree.VacuumStmt);
  if ("AlterTableStmt" in tree) return detach(tree.AlterTableStmt);
  if ("ClusterStmt" in tree && !tree.ClusterStmt.relation) return { command: "CLUSTER", locks: nothing };
  const [kind = ""] = Object.keys(tree);
  const command = ofTheServer[kind];
  return command === undefined ? undefined : { command, locks: nothing };
}

/** They touch the server, not a schema: nothing of them is rehearsed. */
const ofTheServer: Readonly<Record<string, string>> = {
  AlterSystemStmt: "ALTER SYSTEM",
  CreatedbStmt: "CREATE DATABASE",
  DropdbStmt: "DROP DATABASE",
  CreateTableSpaceStmt: "CREATE TABLESPACE",
  DropTableSpaceStmt: "DROP TABLESPACE",
  CreateSubscriptionStmt: "CREATE SUBSCRIPTION",
};

export const isOfTheServer = ({ kind }: Statement): boolean => Object.hasOwn(ofTheServer, kind);

function createIndex({ concurrent, relation }: IndexStmt): Alone | undefined {
  if (!concurrent) return undefined;
  return { command: "CREATE INDEX CONCURRENTLY", locks: (relations) => held(find(relations, relation), "SHARE UPDATE EXCLUSIVE") };
}

function dropIndex({ concurrent, objects = [] }: DropStmt): Alone | undefined {
  if (!concurrent) return undefined;
  return {
    command: "DROP INDEX CONCURRENTLY",
    locks: (relations) =>
      objects.flatMap((object) => {
        const [relname, schemaname] = "List" in object ? namesIn(object.List.items).reverse() : [];
        return held(tableOf(relations, find(relations, { relname, schemaname })), "SHARE UPDATE EXCLUSIVE");
      }),
  };
}

function reindex({ kind, relation, params = [] }: ReindexStmt): Alone | undefined {
  const concurrently = params.some((param) => "DefElem" in param && param.DefElem.defname === "concurrently");
  const whole = kind !== "REINDEX_OBJECT_INDEX" && kind !== "REINDEX_OBJECT_TABLE";
  if (!concurrently && !whole) return undefined;
  const mode: LockMode = concurrently ? "SHARE UPDATE EXCLUSIVE" : "SHARE";
  return {
    command: concurrently ? "REINDEX CONCURRENTLY" : "REINDEX",
    locks: (relations) => {
      if (whole) return relations.filter(({ kind }) => kind === "r" || kind === "m").map(({ oid }) => ({ oid, mode }));
      const named = find(relations, relation);
      return held(kind === "REINDEX_OBJECT_INDEX" ? tableOf(relations, named) : named, mode);
    },
  };
}

function vacuum({ is_vacuumcmd, options = [], rels }: VacuumStmt): Alone | undefined {
  if (!is_vacuumcmd) return undefined;
  const full = options.some((option) => "DefElem" in option && option.DefElem.defname === "full");
  const mode: LockMode = full ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE";
  return {
    command: "VACUUM",
    locks: (relations) => {
      if (!rels) return relations.filter(({ kind }) => kind === "r" || kind === "m").map(({ oid }) => ({ oid, mode }));
      return rels.flatMap((rel) => ("VacuumRelation" in rel ? held(find(relations, rel.VacuumRelation.relation), mode) : []));
    },
  };
}

function detach({ relation, cmds = [] }: AlterTableStmt): Alone | undefined {
  for (const cmd of cmds) {
    if (!("AlterTableCmd" in cmd)) continue;
    const { subtype, def } = cmd.AlterTableCmd;
    if (subtype !== "AT_DetachPartition" || !def || !("PartitionCmd" in def) || !def.PartitionCmd.concurrent) continue;
    const partition = def.PartitionCmd.name;
    return {
      command: "ALTER TABLE ... DETACH CONCURRENTLY",
      locks: (relations) => [
        ...held(find(relations, relation), "SHARE UPDATE EXCLUSIVE"),
        ...held(find(relations, partition), "ACCESS EXCLUSIVE"),
      ],
    };
  }
  return undefined;
}

interface Written {
  readonly schemaname?: string | undefined;
  readonly relname?: string | undefined;
}

const find = (relations: readonly Relation[], written: Written | undefined): Relation | undefined =>
  relations.find(
    ({ schema, name, visible }) =>
      name === written?.relname && (written?.schemaname === undefined ? visible : schema === written.schemaname),
  );

const tableOf = (relations: readonly Relation[], index: Relation | undefined) => relations.find(({ oid }) => oid === index?.table);

const held = (relation: Relation | undefined, mode: LockMode) => (relation ? [{ oid: relation.oid, mode }] : []);
