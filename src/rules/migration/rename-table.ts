import { nameOfRange } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

const kinds = new Set<string | undefined>(["OBJECT_TABLE", "OBJECT_FOREIGN_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW"]);

export default migrationRule({
  id: "migration/rename-table",
  severity: "warning",

  *check(step) {
    if (!("RenameStmt" in step.statement.tree)) return;
    const { renameType, relation, newname = "" } = step.statement.tree.RenameStmt;
    if (!kinds.has(renameType) || !relation) return;
    const table = nameOfRange(relation);
    if (step.isNew(table)) return;

    yield {
      message: `Once ${table} is called ${newname}, every query and function body that still says ${table.name} fails: the running application breaks until it is deployed anew.`,
      span: placeOf(step),
      object: table.toString(),
    };
  },
});
