import type { Node } from "@pgsql/types";
import { addedColumnOf, alterationsOf, constraintsOf } from "../../sql/alterations.ts";
import { namesIn } from "../../sql/relations.ts";
import { isVolatile } from "../../sql/volatile.ts";
import { walk } from "../../sql/walk.ts";
import { migrationRule } from "../rule.ts";
import { sizedTable } from "../touched.ts";

const isNull = (value: Node): boolean =>
  "A_Const" in value
    ? value.A_Const.isnull === true
    : "TypeCast" in value && value.TypeCast.arg !== undefined && isNull(value.TypeCast.arg);

/** What rewrites the table in every version is told by the rule for it. */
const isTold = (value: Node): boolean =>
  [...walk(value)].some(({ kind, node }) => kind === "FuncCall" && isVolatile(namesIn(node.funcname)));

export default migrationRule({
  id: "migration/add-column-default-rewrite-pre11",
  severity: "error",
  postgres: { until: 10 },

  *check(step) {
    for (const alteration of alterationsOf(step.statement)) {
      const { table, span } = alteration;
      const column = addedColumnOf(alteration);
      const value = constraintsOf(column).find(({ contype }) => contype === "CONSTR_DEFAULT")?.raw_expr;
      if (!value || isNull(value) || isTold(value) || step.isNew(table)) continue;

      const { name, known } = sizedTable(step, table);
      yield {
        message: `Before PostgreSQL 11, adding ${column?.colname} with a default rewrites ${name} and its indexes under an ACCESS EXCLUSIVE lock that blocks every read and write.`,
        span,
        object: `${table}.${column?.colname}`,
        ...known,
      };
    }
  },
});
