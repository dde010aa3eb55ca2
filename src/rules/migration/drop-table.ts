import { droppedBy } from "../../sql/dropped.ts";
import { migrationRule } from "../rule.ts";
import { placeOf, sizedTable } from "../touched.ts";

export default migrationRule({
  id: "migration/drop-table",
  severity: "error",

  *check(step) {
    if (!("DropStmt" in step.statement.tree) || step.statement.tree.DropStmt.removeType !== "OBJECT_TABLE") return;
    const tables = droppedBy(step.statement).filter((table) => !step.isNew(table) && table.schema !== "pg_temp");
    if (tables.length === 0) return;

    yield {
      message: `DROP TABLE loses all of ${tables.map((table) => sizedTable(step, table).name).join(", ")}, and every query that still names it fails from then on.`,
      span: placeOf(step),
      object: tables.join(", "),
    };
  },
});
