import type { FuncCall, Node } from "@pgsql/types";
import { namesIn } from "./relations.ts";

/** A comparison that asks of a count only whether it is zero. */
export interface CountTest {
  /** A call of count, or a subquery that may be one. */
  readonly counted: Node;
  /** Whether it asks for rows, or for none. */
  readonly isFound: boolean;
}

const found: Readonly<Record<string, boolean>> = { "> 0": true, ">= 1": true, "<> 0": true, "= 0": false, "< 1": false, "<= 0": false };
const turned: Readonly<Record<string, string>> = { ">": "<", "<": ">", ">=": "<=", "<=": ">=" };

export function countTestIn(node: Node): CountTest | undefined {
  if (!("A_Expr" in node) || (node.A_Expr.kind ?? "AEXPR_OP") !== "AEXPR_OP") return undefined;
  const { name, lexpr, rexpr } = node.A_Expr;
  const operator = namesIn(name).at(-1) ?? "";
  if (!lexpr || !rexpr) return undefined;
  const isTurned = numberIn(lexpr) !== undefined;
  const [counted, constant] = isTurned ? [rexpr, lexpr] : [lexpr, rexpr];
  const isFound = found[`${isTurned ? (turned[operator] ?? operator) : operator} ${numberIn(constant)}`];
  return isFound === undefined ? undefined : { counted, isFound };
}

const numberIn = (node: Node) => ("A_Const" in node && node.A_Const.ival ? (node.A_Const.ival.ival ?? 0) : undefined);

/** The call, where a node is a plain count of rows or of values. */
export function countIn(node: Node | undefined): FuncCall | undefined {
  if (!node || !("FuncCall" in node)) return undefined;
  const { funcname, agg_filter, over, agg_distinct } = node.FuncCall;
  return namesIn(funcname).at(-1) === "count" && !agg_filter && !over && !agg_distinct ? node.FuncCall : undefined;
}
