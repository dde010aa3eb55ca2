import { addedConstraintsOf } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";
import { isSpared, sizedTable } from "../touched.ts";

export default migrationRule({
  id: "migration/add-column-stored-generated",
  severity: "error",

  *check(step) {
    if (isSpared(step, ({ rewrites }) => rewrites)) return;
    for (const { table, constraint, column, span } of addedConstraintsOf(step.statement)) {
      if (constraint.contype !== "CONSTR_GENERATED" || constraint.generated_kind !== "s" || step.isNew(table)) continue;

      const { name, known } = sizedTable(step, table);
      yield {
        message: `Adding ${column?.colname} as a stored generated column computes it for every row: ${name} and its indexes are rewritten under an ACCESS EXCLUSIVE lock that blocks every read and write.`,
        span,
        object: table.toString(),
        ...known,
      };
    }
  },
});
