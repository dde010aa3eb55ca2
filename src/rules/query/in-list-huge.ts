import type { Node } from "@pgsql/types";
import { namesIn } from "../../sql/relations.ts";
import { queryRule } from "../rule.ts";

/** Values. Below, a list is parsed and planned quickly. */
const MANY = 1_000;

const isValue = (node: Node): boolean =>
  "A_Const" in node || "ParamRef" in node || ("TypeCast" in node && node.TypeCast.arg !== undefined && isValue(node.TypeCast.arg));

const isRow = (node: Node): boolean => "RowExpr" in node && (node.RowExpr.args ?? []).every(isValue);

/** What IN compares with, if nothing of it has to be computed for a row. */
function valuesIn(node: Node): readonly Node[] {
  const list = "A_Expr" in node && node.A_Expr.kind === "AEXPR_IN" ? node.A_Expr.rexpr : undefined;
  const items = list && "List" in list ? (list.List.items ?? []) : [];
  return items.every((item) => isValue(item) || isRow(item)) ? items : [];
}

export default queryRule({
  id: "query/in-list-huge",
  severity: "warning",

  *check({ nodes, spanOf, textOf }) {
    for (const { node } of nodes()) {
      const values = valuesIn(node);
      if (!("A_Expr" in node) || !node.A_Expr.lexpr || values.length <= MANY) continue;
      const operand = spanOf(node.A_Expr.lexpr);
      if (!operand) continue;
      const isNegated = namesIn(node.A_Expr.name).at(-1) === "<>";
      const written = `${isNegated ? "NOT " : ""}IN`;
      const one = values.some(isRow)
        ? "join unnest() of one array for each column"
        : `compare with one array, ${textOf(operand)} ${isNegated ? "<> all" : "= any"} ($1)`;
      yield {
        message: `${written} lists ${values.length.toLocaleString("en-US")} values, which are sent, parsed and planned at each call, and a list of another length is another statement. Instead ${one}.`,
        span: spanOf(node),
        evidence: { values: values.length },
      };
    }
  },
});
