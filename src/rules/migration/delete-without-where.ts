import { nameOfRange } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";
import { placeOf, sizedTable } from "../touched.ts";

export default migrationRule({
  id: "migration/delete-without-where",
  severity: "error",

  *check(step) {
    if (!("DeleteStmt" in step.statement.tree)) return;
    const { relation, whereClause, usingClause } = step.statement.tree.DeleteStmt;
    if (!relation || whereClause || usingClause) return;
    const table = nameOfRange(relation);
    if (step.isNew(table)) return;

    yield {
      message: `DELETE without WHERE removes every row of ${sizedTable(step, table).name} and keeps them locked until the transaction ends.`,
      span: placeOf(step),
      object: table.toString(),
    };
  },
});
