import type { Node } from "@pgsql/types";
import type { Step } from "../migration/step.ts";
import { nameOfRange } from "../sql/alterations.ts";
import { droppedBy } from "../sql/dropped.ts";
import { isOn } from "../sql/options.ts";
import type { Name } from "../sql/quote.ts";
import { namesIn, relationsOf } from "../sql/relations.ts";

const ofRelations: ReadonlySet<string> = new Set([
  "AlterTableStmt",
  "AlterObjectSchemaStmt",
  "ClusterStmt",
  "CreateTrigStmt",
  "LockStmt",
  "RefreshMatViewStmt",
  "RenameStmt",
  "RuleStmt",
  "TruncateStmt",
  "VacuumStmt",
]);

/** Kinds of objects of which a DROP locks a table. */
const ofTables: ReadonlySet<string | undefined> = new Set([
  "OBJECT_TABLE",
  "OBJECT_INDEX",
  "OBJECT_VIEW",
  "OBJECT_MATVIEW",
  "OBJECT_FOREIGN_TABLE",
  "OBJECT_TRIGGER",
  "OBJECT_POLICY",
  "OBJECT_RULE",
]);

/**
 * Of a statement that changes or tends a table and so waits for its lock, what it waits for: the first that others use. What works
 * CONCURRENTLY is left out: given up halfway, it leaves something invalid behind.
 */
export function waitedLock(step: Step): string | undefined {
  const names = lockedNames(step);
  return names.find((name) => !step.isNew(name))?.toString();
}

function lockedNames(step: Step): readonly Name[] {
  const { tree, kind } = step.statement;
  if (isGivingWay(tree)) return [];
  if ("CreatePolicyStmt" in tree) return [tree.CreatePolicyStmt.table ?? []].flat().map(nameOfRange);
  if ("AlterPolicyStmt" in tree) return [tree.AlterPolicyStmt.table ?? []].flat().map(nameOfRange);
  if (ofRelations.has(kind)) return relationsOf(step.statement).map(asName);
  if ("IndexStmt" in tree) return [tree.IndexStmt.relation ?? []].flat().map(nameOfRange);
  if ("ReindexStmt" in tree) return [tree.ReindexStmt.relation ?? []].flat().map(nameOfRange);
  if ("DropStmt" in tree) return ofTables.has(tree.DropStmt.removeType) ? droppedBy(step.statement) : [];
  return "CommentStmt" in tree ? commented(tree.CommentStmt) : [];
}

function isGivingWay(tree: Node): boolean {
  if ("LockStmt" in tree) return tree.LockStmt.nowait === true;
  if ("IndexStmt" in tree) return tree.IndexStmt.concurrent === true;
  if ("DropStmt" in tree) return tree.DropStmt.concurrent === true;
  if ("RefreshMatViewStmt" in tree) return tree.RefreshMatViewStmt.concurrent === true;
  return "ReindexStmt" in tree && isOn(tree.ReindexStmt.params, "concurrently");
}

const asName = ({ schema, name }: { readonly schema: string | undefined; readonly name: string }): Name =>
  nameOfRange({ relname: name, ...(schema === undefined ? {} : { schemaname: schema }) });

function commented({ objtype, object }: { objtype?: string; object?: object }): readonly Name[] {
  const list = object && "List" in object ? (object.List as { items?: readonly object[] }).items : [];
  const parts = namesIn(list);
  const table = objtype === "OBJECT_COLUMN" ? parts.slice(0, -1) : objtype === "OBJECT_TABLE" ? parts : [];
  const name = table.at(-1);
  return name === undefined ? [] : [asName({ schema: table.at(-2), name })];
}
