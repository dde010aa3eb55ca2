import type { Node, TypeCast } from "@pgsql/types";
import type { Column } from "../../catalog/columns.ts";
import type { Table } from "../../catalog/tables.ts";
import { keepsIndex } from "../../sql/comparison-types.ts";
import { isKey } from "../../sql/expression.ts";
import { type Hidden, hiddenColumns } from "../../sql/hidden-column.ts";
import type { Level } from "../../sql/level.ts";
import { isTextCast } from "../../sql/needless-casts.ts";
import { parseExpression } from "../../sql/parse.ts";
import type { Query } from "../../sql/query.ts";
import { asRange, rangedTypes } from "../../sql/range.ts";
import { shapeOfType, typeShape } from "../../sql/type-name.ts";
import { FIRST_OWN } from "../../sql/value-type.ts";
import { walk } from "../../sql/walk.ts";
import { hiddenProblem, indexOnHidden } from "../hidden-column.ts";
import { type Problem, queryRule } from "../rule.ts";

/** Whether the cast makes something of a column that the column's own index does not hold. */
function hides(node: Node, level: Level<Table>, query: Query<Table>): boolean {
  if (!("TypeCast" in node) || !node.TypeCast.arg || !node.TypeCast.typeName) return false;
  const { arg, typeName } = node.TypeCast;
  if ("TypeCast" in arg && arg.TypeCast.typeName)
    return !keepsIndex(typeShape(arg.TypeCast.typeName), typeShape(typeName)) || hides(arg, level, query);
  // What is no column may be text already.
  if (!("ColumnRef" in arg)) return !isTextCast(typeName);
  const column = query.columnOf(arg.ColumnRef, level)?.column;
  if (!column) return ["text", "date"].includes(typeShape(typeName).name);
  if (isOwnType(column)) return column.length > 0 && isTextCast(typeName);
  return !keepsIndex(baseOf(column.type), typeShape(typeName));
}

/** A domain is its base type to an operator, which is not known here; one of fixed length is no text, and neither is an enum. */
const isOwnType = ({ typeOid, type }: Column) => typeOid >= FIRST_OWN && baseOf(type).name !== "citext";

const baseOf = (type: string) => shapeOfType(type.replace(/^.*\.(?=citext$)/, ""));

/** A cast to text of a key is not to be mistaken for the key. */
function isCastKey(expression: Node, key: string): boolean {
  const parsed = parseExpression(key);
  return parsed !== undefined && "TypeCast" in parsed && isKey(expression, key);
}

/** As Postgres prints each value of the type, so that equal text is an equal value. */
const canonical: Readonly<Record<string, RegExp>> = {
  smallint: /^(?:0|-?[1-9]\d{0,3})$/,
  integer: /^(?:0|-?[1-9]\d{0,8})$/,
  bigint: /^(?:0|-?[1-9]\d{0,17})$/,
  uuid: /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/,
};

/** A number of another whole type is compared with the column as it is. */
const whole = ["smallint", "integer", "bigint"];
const wider = [...whole, "numeric"];

/** Whether the comparison means the same without the cast. */
function isNeedless({ left, right, operator, use }: Hidden<Table>): boolean {
  if (!("TypeCast" in left) || !left.TypeCast.arg || !("ColumnRef" in left.TypeCast.arg)) return false;
  const type = use.column?.type ?? "";
  const to = typeShape(left.TypeCast.typeName ?? {}).name;
  const isText = isTextCast(left.TypeCast.typeName) && operator === "=";
  if (isText) return right.every((node) => "A_Const" in node && canonical[type]?.test(node.A_Const.sval?.sval ?? ""));
  const isWider = whole.includes(type) && wider.indexOf(to) > wider.indexOf(type);
  return isWider && right.every((node) => "A_Const" in node && node.A_Const.ival !== undefined);
}

/** Of text in JSON, the casts that depend on no setting, so that Postgres takes them in an index. */
const immutable = new Set(["smallint", "integer", "bigint", "numeric", "real", "double precision", "uuid", "boolean"]);

function isJsonField({ TypeCast: { arg, typeName = {} } }: { readonly TypeCast: TypeCast }, { uses }: Hidden<Table>): boolean {
  if (!immutable.has(typeShape(typeName).name) || uses.some(({ column }) => column?.type !== "jsonb" && column?.type !== "json"))
    return false;
  return [...walk(arg)].every(({ kind }) => ["A_Expr", "A_Const", "ColumnRef", "String", "Integer", "List"].includes(kind));
}

function fixFor(query: Query<Table>, hidden: Hidden<Table>): Pick<Problem, "fix" | "undo"> {
  const { left, operator, right, node, use } = hidden;
  const arg = "TypeCast" in left ? left.TypeCast.arg : undefined;
  if (!("TypeCast" in left) || !arg) return {};
  if (isJsonField(left, hidden)) return indexOnHidden(hidden, query);
  const [words, cast, span] = [query.spanOf(arg), query.spanOf(left), query.spanOf(node)];
  const [other] = right;
  if (!words || !cast || !span || !other || hidden.isRepeated) return {};
  if (isNeedless(hidden)) return { fix: query.replacing(cast, query.textOf(words)) };
  const isDate = typeShape(left.TypeCast.typeName ?? {}).name === "date" && rangedTypes.includes(use.column?.type ?? "");
  if (!isDate || operator !== "=" || right.length > 1) return {};
  const date: Node = { FuncCall: { funcname: [{ String: { sval: "date" } }], args: [arg] } };
  const range = asRange(date, other, query.textOf(words));
  return range ? { fix: query.replacing(span, range) } : {};
}

export default queryRule({
  id: "query/cast-on-column",
  severity: "warning",

  *check(query) {
    const asked = { hides: (node: Node, level: Level<Table>) => hides(node, level, query), isKey: isCastKey };
    for (const hidden of hiddenColumns(query, asked)) {
      const unless = "it is of that type already, or there is an index on that expression";
      yield { ...hiddenProblem(hidden, unless, query), ...fixFor(query, hidden) };
    }
  },
});
