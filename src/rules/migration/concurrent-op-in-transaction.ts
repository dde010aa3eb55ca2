import type { Node } from "@pgsql/types";
import { alterationsOf } from "../../sql/alterations.ts";
import { isOn } from "../../sql/options.ts";
import type { Statement } from "../../sql/parse.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

const wholes = new Set<string>(["REINDEX_OBJECT_SCHEMA", "REINDEX_OBJECT_DATABASE", "REINDEX_OBJECT_SYSTEM"]);
const kinds: Readonly<Record<string, string>> = {
  CreatedbStmt: "CREATE DATABASE",
  DropdbStmt: "DROP DATABASE",
  AlterSystemStmt: "ALTER SYSTEM",
  CreateTableSpaceStmt: "CREATE TABLESPACE",
  DropTableSpaceStmt: "DROP TABLESPACE",
};

/** What Postgres calls a command that it runs only outside of transactions: `PreventInTransactionBlock` in src/backend. */
function refusedInTransaction({ tree, kind }: Statement): string | undefined {
  if ("IndexStmt" in tree) return tree.IndexStmt.concurrent ? "CREATE INDEX CONCURRENTLY" : undefined;
  if ("DropStmt" in tree) return tree.DropStmt.concurrent ? "DROP INDEX CONCURRENTLY" : undefined;
  if ("ReindexStmt" in tree) return reindex(tree);
  if ("VacuumStmt" in tree) return tree.VacuumStmt.is_vacuumcmd ? "VACUUM" : undefined;
  if ("ClusterStmt" in tree) return tree.ClusterStmt.relation ? undefined : "CLUSTER of all tables";
  return kinds[kind];
}

function reindex({ ReindexStmt: { kind, params } }: Extract<Node, { ReindexStmt: unknown }>): string | undefined {
  if (isOn(params, "concurrently")) return "REINDEX CONCURRENTLY";
  return wholes.has(kind ?? "") ? "REINDEX of more than one table" : undefined;
}

const detaches = (statement: Statement) =>
  alterationsOf(statement).some(({ command: { def } }) => def && "PartitionCmd" in def && def.PartitionCmd.concurrent);

export default migrationRule({
  id: "migration/concurrent-op-in-transaction",
  severity: "error",

  *check(step) {
    if (!step.inTransaction) return;
    const command = detaches(step.statement) ? "DETACH PARTITION CONCURRENTLY" : refusedInTransaction(step.statement);
    if (command === undefined) return;

    yield {
      message: `${command} cannot run inside a transaction: Postgres stops the migration here with an error.`,
      span: placeOf(step),
      object: command,
    };
  },
});
