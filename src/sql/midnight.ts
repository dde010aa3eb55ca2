import type { Node, TypeName } from "@pgsql/types";
import { namesIn } from "./relations.ts";
import { typeShape } from "./type-name.ts";

const day = /^(\d{4}-\d\d-\d\d)(?:[ T]00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/;
const coarse = new Set(["day", "week", "month", "quarter", "year", "decade", "century", "millennium"]);
/** An interval of these alone leads from one midnight to another. */
const wholeDays = /^(?:\s*[+-]?\d+\s*(?:d|days?|weeks?|mons?|months?|y|years?))+\s*$/i;

/** Whether an expression is the first moment of a day, as a date is once it is compared with a timestamp. */
export function isMidnight(node: Node | undefined): boolean {
  if (!node) return false;
  if ("A_Const" in node) return day.test(node.A_Const.sval?.sval ?? "");
  if ("SQLValueFunction" in node) return node.SQLValueFunction.op === "SVFOP_CURRENT_DATE";
  if ("TypeCast" in node) return isDateCast(node.TypeCast.typeName) || isMidnight(node.TypeCast.arg);
  if ("FuncCall" in node) return isDayCall(namesIn(node.FuncCall.funcname).at(-1) ?? "", node.FuncCall.args ?? []);
  if (!("A_Expr" in node) || !["+", "-"].includes(namesIn(node.A_Expr.name).at(-1) ?? "")) return false;
  return isMidnight(node.A_Expr.lexpr) && isDays(node.A_Expr.rexpr);
}

const isDateCast = (type: TypeName | undefined) => type !== undefined && typeShape(type).name === "date";

const isDayCall = (name: string, [first]: readonly Node[]) =>
  ["date", "make_date", "to_date"].includes(name) || (name === "date_trunc" && coarse.has(textOf(first)?.toLowerCase() ?? ""));

/** A number of days, or an interval of days, months and years. */
function isDays(node: Node | undefined): boolean {
  if (!node) return false;
  if ("A_Const" in node) return node.A_Const.ival !== undefined || wholeDays.test(textOf(node) ?? "");
  return "TypeCast" in node && wholeDays.test(textOf(node) ?? "");
}

/** Of a constant, with or without its type. */
const textOf = (node: Node | undefined): string | undefined => {
  if (!node) return undefined;
  if ("TypeCast" in node) return textOf(node.TypeCast.arg);
  return "A_Const" in node ? node.A_Const.sval?.sval : undefined;
};

/** The day that a constant names, if that is written out and has no time or zone. */
export function dateOf(node: Node): Date | undefined {
  const [, text] = /^(\d{4}-\d\d-\d\d)(?: 00:00(?::00)?)?$/.exec(textOf(node) ?? "") ?? [];
  const date = new Date(`${text}T00:00:00Z`);
  return text !== undefined && date.toJSON()?.startsWith(text) ? date : undefined;
}
