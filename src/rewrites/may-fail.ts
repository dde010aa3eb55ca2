import type { A_Expr, Node, TypeCast } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import type { Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { namesIn } from "../sql/relations.ts";
import { tellsApart } from "../sql/unique.ts";
import { type Inner, walkExpression } from "../sql/walk.ts";

/**
 * Whether an expression may end the statement with an error for some row, as a division by 0 does. Where it is computed for
 * rows that other conditions left out before, the rewritten statement may fail where the original does not.
 */
export function mayFail(expression: unknown, level: Level<Table>, query: Query<Table>): boolean {
  for (const { kind, node } of walkExpression(expression)) {
    if (kind === "A_Expr" && mayDivideByZero(node)) return true;
    if (kind === "FuncCall" && demanding.has(namesIn(node.funcname).at(-1) ?? "")) return true;
    if (kind === "TypeCast" && mayNotFit(node, level, query)) return true;
    if (kind === "SubLink" && subqueryMayFail(node, level, query)) return true;
  }
  return false;
}

const mayDivideByZero = ({ name, rexpr }: A_Expr) => ["/", "%"].includes(namesIn(name).at(-1) ?? "") && !(rexpr && isNumberButZero(rexpr));

const isNumberButZero = (node: Node) =>
  "A_Const" in node && ((node.A_Const.ival?.ival ?? 0) !== 0 || Number(node.A_Const.fval?.fval ?? 0) !== 0);

/** Functions that are not there for every argument. */
const demanding = new Set(
  "chr div exp ln log log10 make_date mod power repeat sqrt string_to_table to_date to_number to_timestamp width_bucket".split(" "),
);

const texts = new Set(["text", "varchar", "bpchar"]);
const families = [/^(?:smallint|integer|bigint|numeric|real|double)/, /^(?:date|timestamp)/];
const wider: readonly ReadonlySet<string>[] = [
  new Set(["int8", "numeric", "float4", "float8"]),
  new Set(["date", "timestamp", "timestamptz"]),
];

/** Casts of a column's text, or to a smaller number. A constant is read whatever the rows are. */
function mayNotFit({ arg, typeName }: TypeCast, level: Level<Table>, query: Query<Table>): boolean {
  const name = namesIn(typeName?.names).at(-1) ?? "";
  if (!arg || texts.has(name) || query.itemsIn(arg, level)?.size === 0) return false;
  const column = "ColumnRef" in arg ? query.columnOf(arg.ColumnRef, level)?.column : undefined;
  return !families.some((family, at) => family.test(column?.type ?? "") && wider[at]?.has(name));
}

function subqueryMayFail({ subLinkType, subselect, testexpr }: Inner<"SubLink">, level: Level<Table>, query: Query<Table>): boolean {
  const inside = query.levelOf(subselect);
  if (!inside || mayFail(testexpr, level, query)) return true;
  return (subLinkType === "EXPR_SUBLINK" && !tellsApart([], inside, query)) || selectMayFail(inside, query);
}

/** The same of a whole SELECT. */
export const selectMayFail = (level: Level<Table>, query: Query<Table>): boolean =>
  mayFail(level.expressions, level, query) ||
  level.branches.some((branch) => selectMayFail(branch, query)) ||
  level.items.some(({ body, kind }) => body !== undefined && kind === "subquery" && selectMayFail(body, query));
