import { nameOfRange } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

const ofTables = new Set<string | undefined>(["OBJECT_TABLE", "OBJECT_FOREIGN_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW"]);

export default migrationRule({
  id: "migration/rename-column",
  severity: "warning",

  *check(step) {
    if (!("RenameStmt" in step.statement.tree)) return;
    const { renameType, relationType, relation, subname, newname } = step.statement.tree.RenameStmt;
    if (renameType !== "OBJECT_COLUMN" || !ofTables.has(relationType) || !relation) return;
    const table = nameOfRange(relation);
    if (step.isNew(table)) return;

    yield {
      message: `Once ${subname} of ${table} is called ${newname}, every query and function body that still says ${subname} fails: the running application breaks until it is deployed anew.`,
      span: placeOf(step),
      object: `${table}.${subname}`,
    };
  },
});
