import type { Step } from "../../migration/step.ts";
import { alterationsOf, nameOfRange } from "../../sql/alterations.ts";
import { restOfTransaction } from "../../sql/around.ts";
import type { Name } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { sizedTable } from "../touched.ts";

/** What is called as it was before the transaction ends. */
function heirOf(step: Step, table: Name, column: string): string | undefined {
  if (!step.inTransaction) return undefined;
  for (const tree of restOfTransaction(step.statement)) {
    const { renameType, relation, subname, newname } = "RenameStmt" in tree ? tree.RenameStmt : {};
    if (renameType !== "OBJECT_COLUMN" || newname !== column || !relation) continue;
    if (nameOfRange(relation).toString() === table.toString()) return subname;
  }
  return undefined;
}

export default migrationRule({
  id: "migration/drop-column",
  severity: "error",

  *check(step) {
    for (const { table, command, span } of alterationsOf(step.statement)) {
      if (command.subtype !== "AT_DropColumn" || step.isNew(table)) continue;

      const { name = "" } = command;
      const heir = heirOf(step, table, name);
      const after =
        heir === undefined ? "every query that still names it fails from then on" : `${heir} takes its name in the same transaction`;
      yield {
        message: `Dropping ${name} loses its values in ${sizedTable(step, table).name}, and ${after}.`,
        span,
        object: `${table}.${name}`,
        ...(heir !== undefined && { severity: "warning" as const }),
      };
    }
  },
});
