import { nameOfRange } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";
import { placeOf, sizedTable } from "../touched.ts";

export default migrationRule({
  id: "migration/truncate-table",
  severity: "error",

  *check(step) {
    if (!("TruncateStmt" in step.statement.tree)) return;
    const { relations = [] } = step.statement.tree.TruncateStmt;
    const tables = relations.flatMap((node) => ("RangeVar" in node ? [nameOfRange(node.RangeVar)] : []));
    const old = tables.filter((table) => !step.isNew(table));
    if (old.length === 0) return;

    yield {
      message: `TRUNCATE removes every row of ${old.map((table) => sizedTable(step, table).name).join(", ")} under an ACCESS EXCLUSIVE lock, and no trigger for DELETE sees them go.`,
      span: placeOf(step),
      object: old.join(", "),
    };
  },
});
