import { addedConstraintsOf } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";
import { sizedTable } from "../touched.ts";

export default migrationRule({
  id: "migration/add-exclusion-constraint",
  severity: "error",

  *check(step) {
    for (const { table, constraint, span } of addedConstraintsOf(step.statement)) {
      if (constraint.contype !== "CONSTR_EXCLUSION" || step.isNew(table)) continue;

      const { name, known } = sizedTable(step, table);
      yield {
        message: `Adding ${constraint.conname ?? "an EXCLUDE constraint"} builds an index over all of ${name} and compares every row, under an ACCESS EXCLUSIVE lock that blocks every read and write.`,
        span,
        object: table.toString(),
        ...known,
      };
    }
  },
});
