import type { Step } from "../../migration/step.ts";
import { alterationsOf, nameOfRange } from "../../sql/alterations.ts";
import type { Name } from "../../sql/quote.ts";
import { relationsOf } from "../../sql/relations.ts";
import { addsForeignKey, isLedger, lockedAgainstAll } from "../locks.ts";
import { migrationRule } from "../rule.ts";
import { placeOf, sizedTable } from "../touched.ts";

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
    return relations.some((relation) => !isLedger(relation));
  }
  const commands = alterationsOf(statement);
  if (commands.some(({ command: { subtype } }) => subtype === "AT_ValidateConstraint") || addsForeignKey(statement)) return false;
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
    const [table] = lockedAgainstAll(step);
    if (table) return [step, table];
  }
  return [];
}
