import type { Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { conditionsOf } from "../sql/conditions.ts";
import type { Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { type Edit, isNeverNull, rewritten, wordsOf } from "./parts.ts";
import { pattern } from "./rewrite.ts";

/** No index serves IS NOT DISTINCT FROM (https://www.postgresql.org/docs/current/functions-comparison.html); where NULL cannot meet NULL, it is an equality. */
export default pattern({
  name: "IS NOT DISTINCT FROM to =",

  *drafts(query) {
    const found = query.levels.flatMap((level) =>
      conditionsOf(level)
        .flatMap(demandedIn)
        .flatMap((node) => equality(node, level, query) ?? []),
    );
    if (found.length === 0) return;
    const holdsIf = [...new Set(found.flatMap((each) => each.holdsIf ?? []))].join(" and ");
    yield { sql: rewritten(query, found), ...(holdsIf !== "" && { holdsIf }) };
  },
});

/** Where only true lets a row through, NULL is as good as false. */
const demandedIn = (condition: Node): readonly Node[] =>
  "BoolExpr" in condition && condition.BoolExpr.boolop !== "NOT_EXPR" ? (condition.BoolExpr.args ?? []).flatMap(demandedIn) : [condition];

function equality(node: Node, level: Level<Table>, query: Query<Table>): (Edit & { readonly holdsIf?: string }) | undefined {
  if (!("A_Expr" in node) || node.A_Expr.kind !== "AEXPR_NOT_DISTINCT") return undefined;
  const { lexpr, rexpr } = node.A_Expr;
  const span = query.spanOf(node);
  const [left, right] = [lexpr, rexpr].map((side) => side && operandOf(side, query));
  if (!lexpr || !rexpr || !span || left === undefined || right === undefined) return undefined;
  const edit = { start: span.start, end: span.end, by: `${left} = ${right}` };
  if ([lexpr, rexpr].some((side) => isNeverNull(side, level, query))) return edit;
  const parameter = [lexpr, rexpr].find((side) => "ParamRef" in side);
  return parameter && "ParamRef" in parameter ? { ...edit, holdsIf: `$${parameter.ParamRef.number} is never NULL` } : undefined;
}

/** What holds together on one side of `=`. */
function operandOf(node: Node, query: Query<Table>): string | undefined {
  const words = wordsOf(node, query);
  const isAlone = ["ColumnRef", "A_Const", "ParamRef", "FuncCall", "TypeCast"].some((kind) => kind in node);
  return words === undefined || isAlone ? words : `(${words})`;
}
