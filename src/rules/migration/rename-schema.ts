import { quote } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

export default migrationRule({
  id: "migration/rename-schema",
  severity: "warning",

  *check(step) {
    if (!("RenameStmt" in step.statement.tree)) return;
    const { renameType, subname = "", newname = "" } = step.statement.tree.RenameStmt;
    const isMadeHere = step.before.some(
      ({ statement: { tree } }) => "CreateSchemaStmt" in tree && tree.CreateSchemaStmt.schemaname === subname,
    );
    if (renameType !== "OBJECT_SCHEMA" || isMadeHere) return;

    yield {
      message: `Once schema ${quote(subname)} is called ${quote(newname)}, every query and every search_path that still says ${subname} finds nothing.`,
      span: placeOf(step),
      object: quote(subname),
    };
  },
});
