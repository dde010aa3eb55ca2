import type { A_Expr, Node } from "@pgsql/types";
import { namesIn } from "../../sql/relations.ts";
import { queryRule } from "../rule.ts";

const isNull = (node: Node | undefined): boolean =>
  node !== undefined && ("A_Const" in node ? node.A_Const.isnull === true : "TypeCast" in node && isNull(node.TypeCast.arg));

/** What was probably meant. Nothing can be meant by `< null`. */
const tests: Readonly<Record<string, string | undefined>> = { "=": "is null", "<>": "is not null" };
const operators = new Set(["=", "<>", "<", ">", "<=", ">="]);

function operandBesideNull({ kind = "AEXPR_OP", name, lexpr, rexpr }: A_Expr): Node | undefined {
  if (kind !== "AEXPR_OP" || !operators.has(namesIn(name).at(-1) ?? "")) return undefined;
  return isNull(rexpr) ? lexpr : isNull(lexpr) ? rexpr : undefined;
}

function isNotInWithNull({ kind, name, rexpr }: A_Expr): boolean {
  if (kind !== "AEXPR_IN" || namesIn(name).at(-1) !== "<>" || !rexpr || !("List" in rexpr)) return false;
  return rexpr.List.items?.some(isNull) ?? false;
}

export default queryRule({
  id: "query/null-equality",
  severity: "error",

  *check({ nodes, spanOf, textOf, replacing }) {
    for (const { node } of nodes()) {
      if (!("A_Expr" in node)) continue;
      if (isNotInWithNull(node.A_Expr)) {
        yield { message: "NOT IN with NULL in its list is never true. Leave NULL out of the list.", span: spanOf(node) };
      }
      const operand = operandBesideNull(node.A_Expr);
      const place = operand && spanOf(operand);
      const span = place && spanOf(node);
      if (!span) continue;

      const operator = namesIn(node.A_Expr.name).at(-1) ?? "";
      const test = tests[operator];
      yield {
        message: `${textOf(place)} ${operator} NULL is never true, whatever the value is.${test ? ` Write ${test}.` : ""}`,
        span,
        fix: test && replacing(span, `${textOf(place)} ${test}`),
      };
    }
  },
});
