import type { Node } from "@pgsql/types";
import { namesIn } from "./relations.ts";
import { typeShape } from "./type-name.ts";

const clocks = new Set(["now", "transaction_timestamp", "statement_timestamp", "clock_timestamp"]);

/** The present moment, which is the same in every time zone. */
export function isNow(node: Node | undefined): boolean {
  if (!node) return false;
  if ("FuncCall" in node) return clocks.has(namesIn(node.FuncCall.funcname).at(-1) ?? "");
  return "SQLValueFunction" in node && /^SVFOP_CURRENT_TIMESTAMP(?:_N)?$/.test(node.SQLValueFunction.op ?? "");
}

/** The present moment, or one at some distance from it. */
export const isAroundNow = (node: Node | undefined): boolean => isNow(node) || (node !== undefined && isNow(movedIn(node)));

/** What something is added to or taken from. */
function movedIn(node: Node): Node | undefined {
  if (!("A_Expr" in node) || !["+", "-"].includes(namesIn(node.A_Expr.name).at(-1) ?? "")) return undefined;
  return node.A_Expr.lexpr;
}

/** The present day or a neighbour of it: when it starts depends on the time zone of the session. */
export function isToday(node: Node | undefined): boolean {
  if (!node) return false;
  if ("SQLValueFunction" in node) return node.SQLValueFunction.op === "SVFOP_CURRENT_DATE";
  if ("TypeCast" in node) return isDateCast(node) ? isNow(node.TypeCast.arg) : isToday(node.TypeCast.arg);
  if ("FuncCall" in node) return isTodayCall(namesIn(node.FuncCall.funcname).at(-1), node.FuncCall.args ?? []);
  const by = "A_Expr" in node ? node.A_Expr.rexpr : undefined;
  return by !== undefined && isOneDay(by) && isToday(movedIn(node));
}

/** Whether an expression is the day of a moment. */
export function dayOf(node: Node): Node | undefined {
  if ("TypeCast" in node) return isDateCast(node) ? node.TypeCast.arg : undefined;
  return "FuncCall" in node && namesIn(node.FuncCall.funcname).at(-1) === "date" ? node.FuncCall.args?.[0] : undefined;
}

const isDateCast = ({ TypeCast: { typeName = {} } }: Extract<Node, { TypeCast: unknown }>) => typeShape(typeName).name === "date";

function isTodayCall(name: string | undefined, [first, second]: readonly Node[]): boolean {
  if (name === "date") return isNow(first);
  return (
    name === "date_trunc" && first !== undefined && "A_Const" in first && first.A_Const.sval?.sval?.toLowerCase() === "day" && isNow(second)
  );
}

function isOneDay(node: Node): boolean {
  if ("TypeCast" in node && node.TypeCast.arg) return isOneDay(node.TypeCast.arg);
  return "A_Const" in node && (node.A_Const.ival?.ival === 1 || /^\s*(?:1|one)\s*days?\s*$/i.test(node.A_Const.sval?.sval ?? ""));
}
