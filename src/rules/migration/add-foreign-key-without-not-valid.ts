import type { ColumnDef } from "@pgsql/types";
import { addedConstraintsOf, constraintsOf, nameOfRange } from "../../sql/alterations.ts";
import { namesIn } from "../../sql/relations.ts";
import { inTwoSteps } from "../not-valid.ts";
import { migrationRule } from "../rule.ts";
import { sizedTable } from "../touched.ts";

/** A column that comes without a default is NULL in every row, so its foreign key has nothing to look up, and Postgres does not read the table. */
function hasValues(column: ColumnDef | undefined): boolean {
  const values = constraintsOf(column).filter(({ contype }) => contype === "CONSTR_DEFAULT" || contype === "CONSTR_GENERATED");
  return values.some(({ raw_expr }) => !(raw_expr && "A_Const" in raw_expr && raw_expr.A_Const.isnull));
}

export default migrationRule({
  id: "migration/add-foreign-key-without-not-valid",
  severity: "error",

  *check(step) {
    for (const { table, constraint, column, span, text } of addedConstraintsOf(step.statement)) {
      const { contype, skip_validation, conname, pktable, fk_attrs } = constraint;
      if (contype !== "CONSTR_FOREIGN" || skip_validation || !pktable || step.isNew(table)) continue;
      if (column && !hasValues(column)) continue;

      const { name, known } = sizedTable(step, table);
      const isPartitioned = step.table(table)?.kind === "partitioned table";
      yield {
        message: `Adding ${conname ?? "this foreign key"} looks up every row of ${name} in ${nameOfRange(pktable)}, and blocks writes to both tables until it is done.`,
        span,
        object: table.toString(),
        ...known,
        fix:
          column || isPartitioned
            ? undefined
            : inTwoSteps({ table, name: conname ?? [table.name, ...namesIn(fk_attrs), "fkey"].join("_"), text }),
      };
    }
  },
});
