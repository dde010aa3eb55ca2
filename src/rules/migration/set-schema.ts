import { nameOfRange } from "../../sql/alterations.ts";
import { quote } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

export default migrationRule({
  id: "migration/set-schema",
  severity: "warning",

  *check(step) {
    if (!("AlterObjectSchemaStmt" in step.statement.tree)) return;
    const { relation, newschema = "" } = step.statement.tree.AlterObjectSchemaStmt;
    if (!relation) return;
    const table = nameOfRange(relation);
    if (step.isNew(table) || step.table(table)?.schema === newschema) return;

    yield {
      message: `Once ${table} is in schema ${quote(newschema)}, queries that qualify it otherwise, or whose search_path leaves ${newschema} out, no longer find it.`,
      span: placeOf(step),
      object: table.toString(),
    };
  },
});
