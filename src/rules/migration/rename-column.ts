import type { Step } from "../../migration/step.ts";
import { nameOfRange } from "../../sql/alterations.ts";
import { commandsBefore } from "../../sql/around.ts";
import { nameBeside } from "../name-beside.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

const ofTables = new Set<string | undefined>(["OBJECT_TABLE", "OBJECT_FOREIGN_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW"]);

/** The script itself added it, so nobody knows it by that name. */
const isAdded = (step: Step, table: string, column: string | undefined) =>
  commandsBefore(step.statement, table).some(
    ({ subtype, def }) => subtype === "AT_AddColumn" && def && "ColumnDef" in def && def.ColumnDef.colname === column,
  );

export default migrationRule({
  id: "migration/rename-column",
  severity: "warning",

  *check(step) {
    if (!("RenameStmt" in step.statement.tree)) return;
    const { renameType, relationType, relation, subname, newname } = step.statement.tree.RenameStmt;
    if (renameType !== "OBJECT_COLUMN" || !ofTables.has(relationType) || !relation) return;
    const table = nameOfRange(relation);
    if (step.isNew(table) || isAdded(step, table.name, subname)) return;

    yield {
      message: `Once ${subname} of ${table} is called ${newname}, every query and function body that still says ${subname} fails: the running application breaks until it is deployed anew.`,
      span: placeOf(step),
      object: `${table}.${subname}`,
      ...(relationType === "OBJECT_TABLE" && { fix: nameBeside(step, { table, column: subname ?? "", to: newname ?? "" }) }),
    };
  },
});
