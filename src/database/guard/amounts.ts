import type { FuncCall, Node, TypeName } from "@pgsql/types";
import type { Found } from "./nodes.ts";
import { refused } from "./refused.ts";

/** Characters, bits or elements. */
const LARGEST = 10_000;

/** Functions that make much of little, and which of their arguments say how much. The planner computes them where all arguments are constants. */
const amounts: Readonly<Record<string, number>> = { repeat: 1, lpad: 1, rpad: 1, factorial: 0, array_fill: 1, bpchar: 1, bit: 1 };

/** Types that a value is filled up to. */
const filled = new Set(["bpchar", "bit"]);

/** The planner computes what is constant before any timeout is looked at, so constants must be small in a plain EXPLAIN as well. */
export function refuseLargeAmounts({ kind, node }: Found): void {
  if (kind === "FuncCall") refuseLargeCall(node);
  if (kind === "TypeName") refuseLargeType(node);
}

function refuseLargeCall({ funcname, args = [] }: FuncCall): void {
  const name = lastOf(funcname);
  if (name === "format" && args[0] && !hasSmallWidths(args[0]))
    throw refused(
      "limits",
      "format() pads to a width that is no constant up to 9999",
      "Write the format as one constant, without * in it.",
    );
  const amount = args[amounts[name] ?? -1];
  if (amount && !isSmall(amount)) {
    throw refused(
      "limits",
      `${name}() is asked for an amount that is no constant up to ${LARGEST}`,
      `Write a constant of at most ${LARGEST}.`,
    );
  }
}

function refuseLargeType({ names, typmods = [] }: TypeName): void {
  const name = lastOf(names);
  if (filled.has(name) && !typmods.every(isSmall))
    throw refused("limits", `${name} is asked for more than ${LARGEST}`, `Write a length of at most ${LARGEST}.`);
}

const hasSmallWidths = (format: Node) => "A_Const" in format && !/\*|\d{5}/.test(format.A_Const.sval?.sval ?? "");

function isSmall(amount: Node): boolean {
  if ("ParamRef" in amount) return true;
  if ("A_ArrayExpr" in amount)
    return (amount.A_ArrayExpr.elements ?? []).every(isSmall) && product(amount.A_ArrayExpr.elements ?? []) <= LARGEST;
  return "A_Const" in amount && amount.A_Const.ival !== undefined && (amount.A_Const.ival.ival ?? 0) <= LARGEST;
}

const product = (elements: readonly Node[]): number =>
  elements.reduce((all, element) => all * Math.max(1, "A_Const" in element ? (element.A_Const.ival?.ival ?? 1) : 1), 1);

const lastOf = (names: readonly Node[] = []): string => {
  const last = names.at(-1);
  return last && "String" in last ? (last.String.sval ?? "") : "";
};
