import type { Step } from "../migration/step.ts";
import { addedConstraintsOf, alterationsOf, nameOfRange } from "../sql/alterations.ts";
import { droppedBy } from "../sql/dropped.ts";
import type { Name } from "../sql/quote.ts";
import { relationsOf } from "../sql/relations.ts";

/** Commands of ALTER TABLE for which less than ACCESS EXCLUSIVE will do (AlterTableGetLockLevel in src/backend/commands/tablecmds.c). */
const weaker =
  /^AT_(ValidateConstraint|AttachPartition|DetachPartitionFinalize|SetStatistics|SetOptions|ResetOptions|SetRelOptions|ResetRelOptions|ClusterOn|DropCluster|(En|Dis)able(Always|Replica)?Trig(All|User)?)$/;

/** Where migration tools write down what they have run: one row. */
const ledgers =
  /^(alembic_version|schema_migrations|ar_internal_metadata|django_migrations|flyway_schema_history|databasechangelog(lock)?|goose_db_version|knex_migrations(_lock)?|_prisma_migrations|__drizzle_migrations|__efmigrationshistory|migrations|supabase_migrations)$/i;

export const isLedger = ({ name }: Pick<Name, "name">): boolean => ledgers.test(name);

/** Tables that others use and that the step locks against everybody until its transaction ends. */
export function lockedAgainstAll(step: Step): readonly Name[] {
  if (!step.effects) return lockedAsWritten(step).filter((table) => !step.isNew(table));
  return step.effects.flatMap(({ lock, table, relation }) => (lock === "ACCESS EXCLUSIVE" && table !== undefined ? [relation] : []));
}

/** Of those that the statement names, in the order of the text. */
export function lockedAsWritten({ statement }: Step): readonly Name[] {
  const { tree } = statement;
  if ("DropStmt" in tree) return tree.DropStmt.removeType === "OBJECT_TABLE" ? droppedBy(statement) : [];
  if ("TruncateStmt" in tree) return relationsOf(statement).map(nameOfRelation);
  if ("RenameStmt" in tree) return tree.RenameStmt.relation ? [nameOfRange(tree.RenameStmt.relation)] : [];
  return alterationsOf(statement)
    .filter(({ command: { subtype = "" } }) => !weaker.test(subtype) && !addsForeignKey(statement))
    .map(({ table }) => table);
}

const nameOfRelation = ({ schema, name }: { readonly schema: string | undefined; readonly name: string }): Name =>
  nameOfRange({ relname: name, ...(schema === undefined ? {} : { schemaname: schema }) });

/** And nothing else: it takes SHARE ROW EXCLUSIVE on both tables. */
export function addsForeignKey(statement: Step["statement"]): boolean {
  const added = addedConstraintsOf(statement);
  return added.length > 0 && added.every(({ constraint, column }) => constraint.contype === "CONSTR_FOREIGN" && !column);
}
