import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import type { Comparison } from "../../sql/conditions.ts";
import { isKey } from "../../sql/expression.ts";
import { type Hidden, hiddenColumns } from "../../sql/hidden-column.ts";
import type { Query } from "../../sql/query.ts";
import { asRange, rangedTypes } from "../../sql/range.ts";
import { namesIn } from "../../sql/relations.ts";
import type { Use } from "../../sql/scope.ts";
import { walk } from "../../sql/walk.ts";
import { hiddenProblem, indexOnHidden } from "../hidden-column.ts";
import { type Problem, queryRule } from "../rule.ts";

/** IMMUTABLE in all their variants, so that Postgres takes them in an index. */
export const immutable: ReadonlySet<string> = new Set(
  "abs ascii btrim ceil ceiling char_length character_length floor initcap left length lower lpad ltrim md5 mod octet_length replace reverse right round rpad rtrim sign split_part strpos substr substring trunc upper".split(
    " ",
  ),
);

const operators = new Set(["+", "-", "*", "/", "%", "^", "||", "->", "->>", "#>", "#>>"]);

/** A cast alone is another matter, and so are a row and a list. */
const wraps = (node: Node) =>
  "FuncCall" in node ||
  "CoalesceExpr" in node ||
  "CaseExpr" in node ||
  ("A_Expr" in node && node.A_Expr.kind === "AEXPR_OP" && operators.has(namesIn(node.A_Expr.name).at(-1) ?? ""));

const isJson = ({ column }: Use<Table>) => column?.type === "json" || column?.type === "jsonb";
const isNumber = ({ column }: Use<Table>) => /^(?:smallint|integer|bigint|numeric|real|double precision)/.test(column?.type ?? "");
const isText = ({ column }: Use<Table>) => /^(?:text|character)/.test(column?.type ?? "");

/** Whether Postgres takes the expression in an index: nothing in it may depend on a setting, the time or a parameter. */
function canBeIndexed(node: Node, uses: readonly Use<Table>[]): boolean {
  for (const { kind, node: inner } of walk(node)) {
    if (kind === "FuncCall" && !(immutable.has(namesIn(inner.funcname).at(-1) ?? "") && uses.every((use) => isText(use) || isNumber(use))))
      return false;
    if (kind === "A_Expr" && !uses.every(isNumber) && !uses.every(isJson) && !uses.every(isText)) return false;
    if (kind === "ParamRef" || kind === "TypeCast" || kind === "SQLValueFunction" || kind === "CollateClause") return false;
  }
  return true;
}

function fixFor(query: Query<Table>, hidden: Hidden<Table>): Pick<Problem, "fix" | "undo"> {
  const range = hidden.isRepeated ? undefined : rangeFor(query, hidden, hidden.uses);
  const span = query.spanOf(hidden.node);
  if (range && span) return { fix: query.replacing(span, range) };
  return canBeIndexed(hidden.left, hidden.uses) ? indexOnHidden(hidden, query) : {};
}

/** The column itself between two dates, where that is the same. */
function rangeFor(
  query: Query<Table>,
  { node, left, operator, right: [other] }: Comparison,
  [use]: readonly Use<Table>[],
): string | undefined {
  if (operator !== "=" || !other || !("A_Expr" in node) || node.A_Expr.kind !== "AEXPR_OP") return undefined;
  if (!rangedTypes.includes(use?.column?.type ?? "")) return undefined;
  for (const visit of walk(left)) {
    const span = visit.kind === "ColumnRef" ? query.spanOf({ ColumnRef: visit.node }) : undefined;
    if (span) return asRange(left, other, query.textOf(span));
  }
  return undefined;
}

export default queryRule({
  id: "query/function-on-column",
  severity: "warning",

  *check(query) {
    for (const hidden of hiddenColumns(query, { hides: wraps, isKey })) {
      yield { ...hiddenProblem(hidden, "there is an index on that expression", query), ...fixFor(query, hidden) };
    }
  },
});
