import type { A_Expr, BoolExpr, Node } from "@pgsql/types";
import type { Item, Level, TableShape } from "./level.ts";
import { namesIn } from "./relations.ts";
import { type Output, outputsOf, resolve, type Use } from "./scope.ts";

/** Built-in operators that give NULL when an operand is NULL. `||` of arrays is not among them. */
export const strictOperators: ReadonlySet<string> = new Set(
  "= <> != < > <= >= ~ ~* !~ !~* ~~ ~~* !~~ !~~* + - * / % ^ & | # -> ->> #> #>> @> <@ && ? ?| ?&".split(" "),
);

/** Built-in functions that give NULL when an argument is NULL (`proisstrict` in pg_proc, all variants). */
export const strictFunctions: ReadonlySet<string> = new Set(
  "abs btrim ceil char_length date date_part date_trunc extract floor initcap length lower ltrim md5 mod octet_length replace reverse round rtrim sign split_part starts_with strpos substr substring timezone to_char upper".split(
    " ",
  ),
);

type Is = (node: Node) => boolean;

/** Whether an expression is NULL whenever the column is that `isColumn` knows. False where that cannot be told. */
function isNullWith(node: Node | undefined, isColumn: Is): boolean {
  if (!node) return false;
  if (isColumn(node)) return true;
  const any = (nodes: readonly Node[] = []) => nodes.some((inner) => isNullWith(inner, isColumn));
  if ("TypeCast" in node) return any(listOf(node.TypeCast.arg));
  if ("CollateClause" in node) return any(listOf(node.CollateClause.arg));
  if ("FuncCall" in node) return strictFunctions.has(namesIn(node.FuncCall.funcname).at(-1) ?? "") && any(node.FuncCall.args);
  if ("A_Expr" in node) return isNullComparison(node.A_Expr, isColumn);
  if ("BoolExpr" in node && node.BoolExpr.boolop === "NOT_EXPR") return any(node.BoolExpr.args);
  if ("BoolExpr" in node) return (node.BoolExpr.args ?? []).every((arg) => isNullWith(arg, isColumn));
  return false;
}

/** `x in (1, 2)` is NULL for a NULL x; `x = any ($1)` is false if the array is empty. */
const listKinds = ["AEXPR_IN", "AEXPR_BETWEEN", "AEXPR_NOT_BETWEEN", "AEXPR_BETWEEN_SYM", "AEXPR_NOT_BETWEEN_SYM"];
const plainKinds = ["AEXPR_OP", "AEXPR_LIKE", "AEXPR_ILIKE", "AEXPR_SIMILAR"];

function isNullComparison({ kind = "AEXPR_OP", name, lexpr, rexpr }: A_Expr, isColumn: Is): boolean {
  if (listKinds.includes(kind)) return isNullWith(lexpr, isColumn);
  if (!plainKinds.includes(kind) || !strictOperators.has(namesIn(name).at(-1) ?? "")) return false;
  return isNullWith(lexpr, isColumn) || isNullWith(rexpr, isColumn);
}

/** Whether a condition is never true when the column is NULL that `isColumn` knows. */
function rejectsNull(condition: Node, isColumn: Is): boolean {
  if (isNullWith(condition, isColumn)) return true;
  if ("BoolExpr" in condition) return combinationRejects(condition.BoolExpr, isColumn);
  if ("A_Expr" in condition && condition.A_Expr.kind === "AEXPR_OP_ANY") return isNullWith(condition.A_Expr.lexpr, isColumn);
  if ("SubLink" in condition && condition.SubLink.subLinkType === "ANY_SUBLINK") return isNullWith(condition.SubLink.testexpr, isColumn);
  if (!("BooleanTest" in condition)) return false;
  const { arg, booltesttype } = condition.BooleanTest;
  return (booltesttype === "IS_TRUE" || booltesttype === "IS_FALSE" || booltesttype === "IS_NOT_UNKNOWN") && isNullWith(arg, isColumn);
}

function combinationRejects({ boolop, args = [] }: BoolExpr, isColumn: Is): boolean {
  if (boolop === "AND_EXPR") return args.some((arg) => rejectsNull(arg, isColumn));
  return boolop === "OR_EXPR" && args.every((arg) => rejectsNull(arg, isColumn));
}

const isNotNull = (condition: Node, isColumn: Is) =>
  "NullTest" in condition && condition.NullTest.nulltesttype === "IS_NOT_NULL" && isNullWith(condition.NullTest.arg, isColumn);

const listOf = (node: Node | undefined): readonly Node[] => (node ? [node] : []);

/** Functions whose result is never NULL. */
const neverNull = new Set(
  "count now concat row_number rank dense_rank ntile gen_random_uuid jsonb_build_object json_build_object".split(" "),
);

/** Whether an expression can be NULL in the rows that the level lets through; undefined where nobody knows. */
export function canBeNull<Table extends TableShape>(node: Node | undefined, level: Level<Table>): boolean | undefined {
  if (!node) return undefined;
  if ("A_Const" in node) return node.A_Const.isnull ?? false;
  if ("ColumnRef" in node) return referenceCanBeNull(node, level);
  if ("TypeCast" in node) return canBeNull(node.TypeCast.arg, level);
  if ("CoalesceExpr" in node) return coalesceCanBeNull(node.CoalesceExpr.args ?? [], level);
  if ("FuncCall" in node) return functionCanBeNull(namesIn(node.FuncCall.funcname).at(-1) ?? "", node.FuncCall.args ?? [], level);
  if ("A_Expr" in node && node.A_Expr.kind === "AEXPR_OP") return operatorCanBeNull(node.A_Expr, level);
  return isNever(node) ? false : undefined;
}

const isNever = (node: Node) => "SQLValueFunction" in node || ("SubLink" in node && node.SubLink.subLinkType === "EXISTS_SUBLINK");

function referenceCanBeNull<Table extends TableShape>(
  node: Extract<Node, { ColumnRef: unknown }>,
  level: Level<Table>,
): boolean | undefined {
  const use = resolve(node.ColumnRef, level);
  return isFiltered(node, use, level) ? false : use && columnCanBeNull(use);
}

/** Operators that give no NULL unless an operand is NULL. `->` does, for a key that is not there. */
const totalOperators = new Set("= <> < > <= >= ~ ~* !~ !~* ~~ ~~* !~~ !~~* + - * / % ^ ||".split(" "));

function operatorCanBeNull<Table extends TableShape>({ name, lexpr, rexpr }: A_Expr, level: Level<Table>): boolean | undefined {
  const some = anyCanBeNull([...listOf(lexpr), ...listOf(rexpr)], level);
  return totalOperators.has(namesIn(name).at(-1) ?? "") ? some : undefined;
}

function functionCanBeNull<Table extends TableShape>(name: string, args: readonly Node[], level: Level<Table>): boolean | undefined {
  if (neverNull.has(name)) return false;
  const some = strictFunctions.has(name) ? anyCanBeNull(args, level) : undefined;
  // A strict function may still give NULL for arguments that are not.
  return some === true ? true : undefined;
}

function coalesceCanBeNull<Table extends TableShape>(args: readonly Node[], level: Level<Table>): boolean | undefined {
  const each = args.map((arg) => canBeNull(arg, level));
  if (each.includes(false)) return false;
  return each.includes(undefined) ? undefined : true;
}

function anyCanBeNull<Table extends TableShape>(nodes: readonly Node[], level: Level<Table>): boolean | undefined {
  const each = nodes.map((node) => canBeNull(node, level));
  if (each.includes(true)) return true;
  return each.includes(undefined) ? undefined : false;
}

function isFiltered<Table extends TableShape>(node: Node, use: Use<Table> | undefined, level: Level<Table>): boolean {
  const isColumn: Is = (other) =>
    "ColumnRef" in other && (other === node || isSameColumn(resolve(other.ColumnRef, level), use, other, node));
  const kept = level.joins.filter(({ kind }) => kind === "inner");
  const conditions = level.kind === "select" ? [...level.where, ...kept.flatMap(({ on }) => on)] : level.where;
  return conditions.some((condition) => rejectsNull(condition, isColumn) || isNotNull(condition, isColumn));
}

function isSameColumn<Table extends TableShape>(one: Use<Table> | undefined, other: Use<Table> | undefined, a: Node, b: Node): boolean {
  if (one && other) return one.item === other.item && one.name === other.name;
  return (
    !one && !other && "ColumnRef" in a && "ColumnRef" in b && String(namesIn(a.ColumnRef.fields)) === String(namesIn(b.ColumnRef.fields))
  );
}

function columnCanBeNull<Table extends TableShape>(use: Use<Table>): boolean | undefined {
  const isFilled = use.item.nullable && !use.level.where.some((condition) => columnRejected(condition, use.item, use.level));
  if (isFilled) return true;
  if (use.column) return !use.column.notNull;
  const { item, name } = use;
  if (!item.body) return undefined;
  const position = item.renamed.includes(name)
    ? item.renamed.indexOf(name)
    : (outputsOf(item.body) ?? []).findIndex((output) => output.name === name);
  return position < 0 ? undefined : outputCanBeNull(item.body, position);
}

const asking = new Set<Level<TableShape>>();

/** Whether the column at this place (from 0) of a query's result can be NULL. */
export function outputCanBeNull<Table extends TableShape>(level: Level<Table>, position: number): boolean | undefined {
  if (asking.has(level)) return undefined;
  asking.add(level);
  try {
    if (level.branches.length === 0) return fromCanBeNull(outputsOf(level)?.[position], level);
    const each = level.branches.map((branch) => outputCanBeNull(branch, position));
    if (each.includes(true)) return true;
    return each.includes(undefined) ? undefined : false;
  } finally {
    asking.delete(level);
  }
}

function fromCanBeNull<Table extends TableShape>(output: Output<Table> | undefined, level: Level<Table>): boolean | undefined {
  if (!output) return undefined;
  if (level.select?.valuesLists) return undefined;
  return "node" in output.from ? canBeNull(output.from.node, output.from.level) : columnCanBeNull(output.from);
}

/** The column of an item that makes a condition false or NULL whenever the whole item is NULL, as an outer join leaves it. */
export function columnRejected<Table extends TableShape>(condition: Node, item: Item<Table>, level: Level<Table>): Use<Table> | undefined {
  let found: Use<Table> | undefined;
  const isColumn: Is = (node) => {
    if (!("ColumnRef" in node)) return false;
    const use = resolve(node.ColumnRef, level);
    if (use?.item !== item || use.level !== level) return false;
    found ??= use;
    return true;
  };
  return rejectsNull(condition, isColumn) ? found : undefined;
}
