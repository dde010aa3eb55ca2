import type { Step } from "../../migration/step.ts";
import { addedConstraintsOf, nameOfRange } from "../../sql/alterations.ts";
import type { Name } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { placeOf, sizedTable } from "../touched.ts";

function tableOf({ statement }: Step): Name | undefined {
  if ("IndexStmt" in statement.tree) return statement.tree.IndexStmt.relation && nameOfRange(statement.tree.IndexStmt.relation);
  return addedConstraintsOf(statement).find(({ constraint: { contype } }) => contype === "CONSTR_UNIQUE" || contype === "CONSTR_PRIMARY")
    ?.table;
}

export default migrationRule({
  id: "migration/index-build-unique-duplicates",
  severity: "error",

  *check(step) {
    const table = tableOf(step);
    const doubt = step.dependsOnData.find(({ condition, verdict }) => verdict === "fails" && condition.startsWith("no two rows"));
    if (!table || !doubt) return;

    yield {
      message: `The unique index on ${sizedTable(step, table).name} fails after all rows are read: at the last ANALYZE it was not so that ${doubt.condition}.`,
      span: placeOf(step),
      object: table.toString(),
    };
  },
});
