import type { Step } from "../../migration/step.ts";
import { addedConstraintsOf, alterationsOf, nameOfRange } from "../../sql/alterations.ts";
import { droppedBy } from "../../sql/dropped.ts";
import type { Name } from "../../sql/quote.ts";
import { relationsOf } from "../../sql/relations.ts";
import { migrationRule } from "../rule.ts";
import { placeOf, sizedTable } from "../touched.ts";

/** Commands of ALTER TABLE for which less than ACCESS EXCLUSIVE will do (AlterTableGetLockLevel in src/backend/commands/tablecmds.c). */
const weaker =
  /^AT_(ValidateConstraint|AttachPartition|DetachPartitionFinalize|SetStatistics|SetOptions|ResetOptions|SetRelOptions|ResetRelOptions|ClusterOn|DropCluster|(En|Dis)able(Always|Replica)?Trig(All|User)?)$/;
/** Where migration tools write down what they have run: one row. */
const ledgers =
  /^(alembic_version|schema_migrations|ar_internal_metadata|django_migrations|flyway_schema_history|databasechangelog(lock)?|goose_db_version|knex_migrations(_lock)?|_prisma_migrations|__drizzle_migrations|__efmigrationshistory|migrations|supabase_migrations)$/i;

/** A table that others use and that the step locks against everybody until its transaction ends. */
function lockedBy(step: Step): Name | undefined {
  if (step.effects) return step.effects.find(({ lock, table }) => lock === "ACCESS EXCLUSIVE" && table !== undefined)?.relation;
  return lockedAsWritten(step).find((table) => !step.isNew(table));
}

function lockedAsWritten({ statement }: Step): readonly Name[] {
  const { tree } = statement;
  if ("DropStmt" in tree) return tree.DropStmt.removeType === "OBJECT_TABLE" ? droppedBy(statement) : [];
  if ("TruncateStmt" in tree) return relationsOf(statement).map(nameOfRelation);
  if ("RenameStmt" in tree) return tree.RenameStmt.relation ? [nameOfRange(tree.RenameStmt.relation)] : [];
  return alterationsOf(statement)
    .filter(({ command: { subtype = "" } }) => !weaker.test(subtype) && !isForeignKey(statement))
    .map(({ table }) => table);
}

const nameOfRelation = ({ schema, name }: { readonly schema: string | undefined; readonly name: string }): Name =>
  nameOfRange({ relname: name, ...(schema === undefined ? {} : { schemaname: schema }) });

const isForeignKey = (statement: Step["statement"]) => {
  const added = addedConstraintsOf(statement);
  return added.length > 0 && added.every(({ constraint, column }) => constraint.contype === "CONSTR_FOREIGN" && !column);
};

const readsOrWrites = new Set<string>([
  "SelectStmt",
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
  "CopyStmt",
  "CreateTableAsStmt",
]);

/** Takes as long as there are rows. What VALIDATE and a foreign key cost is told by their own rules. */
function takesTime(step: Step): boolean {
  const { statement } = step;
  if (readsOrWrites.has(statement.kind)) {
    const relations = relationsOf(statement);
    return relations.some(({ name }) => !ledgers.test(name));
  }
  const commands = alterationsOf(statement);
  if (commands.some(({ command: { subtype } }) => subtype === "AT_ValidateConstraint") || isForeignKey(statement)) return false;
  if (step.effects) return step.effects.some(({ table, rewrites, scans, builds }) => table && (rewrites || scans || builds.length > 0));
  if ("IndexStmt" in statement.tree)
    return statement.tree.IndexStmt.relation !== undefined && !step.isNew(nameOfRange(statement.tree.IndexStmt.relation));
  return commands.some(({ table, command: { subtype } }) => subtype === "AT_SetNotNull" && !step.isNew(table));
}

export default migrationRule({
  id: "migration/statement-while-holding-access-exclusive",
  severity: "warning",

  *check(step) {
    const [holder, table] = holding(step);
    if (!holder || !table || !takesTime(step)) return;

    yield {
      message: `This runs while the transaction holds the ACCESS EXCLUSIVE lock on ${sizedTable(holder, table).name} that statement ${holder.number} took: nobody can read or write ${table} until it is done and the transaction ends.`,
      span: placeOf(step),
      object: table.toString(),
    };
  },
});

function holding({ before }: Step): readonly [Step, Name] | readonly [] {
  for (const step of before) {
    const table = lockedBy(step);
    if (table) return [step, table];
  }
  return [];
}
