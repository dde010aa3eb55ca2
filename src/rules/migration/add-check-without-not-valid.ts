import { addedConstraintsOf } from "../../sql/alterations.ts";
import { inTwoSteps } from "../not-valid.ts";
import { migrationRule } from "../rule.ts";
import { isSpared, sizedTable } from "../touched.ts";

export default migrationRule({
  id: "migration/add-check-without-not-valid",
  severity: "error",

  *check(step) {
    if (isSpared(step, ({ scans, rewrites }) => scans || rewrites)) return;
    for (const { table, constraint, column, span, text } of addedConstraintsOf(step.statement)) {
      const { contype, skip_validation, conname } = constraint;
      if (contype !== "CONSTR_CHECK" || skip_validation || step.isNew(table)) continue;

      const { name, known } = sizedTable(step, table);
      yield {
        message: `Adding ${conname ?? "this CHECK"} reads all of ${name} to verify it, under an ACCESS EXCLUSIVE lock that blocks every read and write.`,
        span,
        object: table.toString(),
        ...known,
        fix: column ? undefined : inTwoSteps({ table, name: conname ?? `${table.name}_check`, text }),
      };
    }
  },
});
