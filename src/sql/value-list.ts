import type { Node } from "@pgsql/types";
import { comparisonsIn } from "./conditions.ts";
import { parseExpression } from "./parse.ts";
import { namesIn } from "./relations.ts";

export interface ValueList {
  readonly column: string;
  readonly values: readonly string[];
}

/** The columns that a CHECK constraint, as the catalog prints it, confines to a list of values: `x in ('a', 'b')`, NULL or not. */
export function valueListsOf(definition: string): readonly ValueList[] {
  const condition = parseExpression(definition.replace(/^CHECK /, "").replace(/( NO INHERIT| NOT VALID| NOT ENFORCED)+$/, ""));
  return condition ? conjunctsOf(condition).flatMap((each) => listOf(each) ?? []) : [];
}

const conjunctsOf = (node: Node): readonly Node[] =>
  "BoolExpr" in node && node.BoolExpr.boolop === "AND_EXPR" ? (node.BoolExpr.args ?? []).flatMap(conjunctsOf) : [node];

/** Every branch of an OR must be about the same column. */
function listOf(condition: Node): ValueList | undefined {
  const branches = "BoolExpr" in condition && condition.BoolExpr.boolop === "OR_EXPR" ? (condition.BoolExpr.args ?? []) : [condition];
  const lists = branches.filter((branch) => !("NullTest" in branch)).map(equalsOneOf);
  const [first] = lists;
  if (!first || lists.some((list) => list?.column !== first.column)) return undefined;
  return { column: first.column, values: [...new Set(lists.flatMap((list) => list?.values ?? []))] };
}

function equalsOneOf(branch: Node): ValueList | undefined {
  if (!("A_Expr" in branch)) return undefined;
  const [comparison] = comparisonsIn(branch);
  const left = comparison && bare(comparison.left);
  if (comparison?.operator !== "=" || !left || !("ColumnRef" in left)) return undefined;
  const values = comparison.right.flatMap((node) => elementsOf(bare(node))).map((node) => textOf(bare(node)));
  const known = values.filter((value) => value !== undefined);
  const column = namesIn(left.ColumnRef.fields).at(-1);
  return column !== undefined && known.length === values.length && known.length > 0 ? { column, values: known } : undefined;
}

const elementsOf = (node: Node): readonly Node[] => ("A_ArrayExpr" in node ? (node.A_ArrayExpr.elements ?? []) : [node]);

function bare(node: Node): Node {
  return "TypeCast" in node && node.TypeCast.arg ? bare(node.TypeCast.arg) : node;
}

function textOf(node: Node): string | undefined {
  if (!("A_Const" in node)) return undefined;
  const { sval, ival, fval, boolval } = node.A_Const;
  if (sval) return sval.sval ?? "";
  if (fval) return fval.fval;
  if (boolval) return String(boolval.boolval ?? false);
  return ival ? String(ival.ival ?? 0) : undefined;
}
