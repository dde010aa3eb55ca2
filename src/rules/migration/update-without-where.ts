import { nameOfRange } from "../../sql/alterations.ts";
import { updateInBatches } from "../in-batches.ts";
import { migrationRule } from "../rule.ts";
import { placeOf, sizedTable } from "../touched.ts";

export default migrationRule({
  id: "migration/update-without-where",
  severity: "error",

  *check(step) {
    if (!("UpdateStmt" in step.statement.tree)) return;
    const { relation, whereClause, fromClause } = step.statement.tree.UpdateStmt;
    if (!relation || whereClause || fromClause) return;
    const table = nameOfRange(relation);
    if (step.isNew(table)) return;

    const { name, known } = sizedTable(step, table);
    yield {
      message: `UPDATE without WHERE writes a new version of every row of ${name}, and keeps all of them locked until the transaction ends.`,
      span: placeOf(step),
      object: table.toString(),
      ...known,
      fix: updateInBatches(step),
    };
  },
});
