import type { A_Expr, Node } from "@pgsql/types";
import { shape } from "./expression.ts";
import type { Level, TableShape } from "./level.ts";
import type { Query } from "./query.ts";
import { namesIn } from "./relations.ts";
import type { Use } from "./scope.ts";
import { isVolatile } from "./volatile.ts";
import { walkExpression } from "./walk.ts";

/** What a condition says of one value: that it is one of `values` (=), none of them (<>), on one side of the only one, NULL or not. */
export interface Bound {
  readonly operator: "=" | "<>" | "<" | "<=" | ">" | ">=" | "null" | "not null";
  readonly values: readonly Node[];
  /** As format_type prints it; undefined where nobody knows. */
  readonly type: string | undefined;
  /** Where it is written. */
  readonly node: Node;
}

/** What the level's conditions say of a column, for each row that it returns. */
export function boundsOf<Table extends TableShape>(column: Use<Table>, level: Level<Table>, query: Query<Table>): readonly Bound[] {
  const isOuter = level.joins.some(({ kind }) => kind === "left" || kind === "right" || kind === "full");
  const conditions = [...level.where, ...(isOuter ? [] : level.joins.flatMap(({ on }) => on))];
  const isColumn = (node: Node | undefined) => {
    const use = node && "ColumnRef" in node ? query.columnOf(node.ColumnRef, level) : undefined;
    return use !== undefined && use.item === column.item && use.name === column.name;
  };
  const isFixed = (node: Node) =>
    ![...walkExpression(node)].some(
      ({ kind, node: inner }) => kind === "ColumnRef" || kind === "SubLink" || (kind === "FuncCall" && isVolatile(namesIn(inner.funcname))),
    );
  return conditions.flatMap((node) => {
    const type = column.column?.type;
    return boundsIn(node, isColumn)
      .filter(({ values }) => values.every(isFixed))
      .map((bound) => ({ ...bound, type, node }));
  });
}

/** What a constant of the result says of its column. */
export function boundOfConstant(node: Node): Bound | undefined {
  const value = constantIn(node);
  const type = "TypeCast" in node ? namesIn(node.TypeCast.typeName?.names).at(-1) : "text";
  if (value === undefined) return undefined;
  return value === null ? { operator: "null", values: [], type, node } : { operator: "=", values: [node], type, node };
}

type Part = Pick<Bound, "operator" | "values">;

const yes: Node = { A_Const: { boolval: { boolval: true } } };
const no: Node = { A_Const: { boolval: {} } };

function boundsIn(condition: Node, isColumn: (node: Node | undefined) => boolean): readonly Part[] {
  if (isColumn(condition)) return [{ operator: "=", values: [yes] }];
  if ("BoolExpr" in condition) {
    const isNot = condition.BoolExpr.boolop === "NOT_EXPR" && isColumn(condition.BoolExpr.args?.[0]);
    return isNot ? [{ operator: "=", values: [no] }] : [];
  }
  if ("NullTest" in condition) {
    const operator = condition.NullTest.nulltesttype === "IS_NULL" ? "null" : "not null";
    return isColumn(condition.NullTest.arg) ? [{ operator, values: [] }] : [];
  }
  return "A_Expr" in condition ? boundsOfComparison(condition.A_Expr, isColumn) : [];
}

const turned = { "=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<=" } as const;
const isOperator = (name: string): name is keyof typeof turned => name in turned;

function boundsOfComparison({ kind, name, lexpr, rexpr }: A_Expr, isColumn: (node: Node | undefined) => boolean): readonly Part[] {
  const operator = namesIn(name).at(-1) ?? "";
  const list = rexpr && "List" in rexpr ? (rexpr.List.items ?? []) : [];
  const [low, high] = list;
  if (kind === "AEXPR_BETWEEN" && low && high && isColumn(lexpr)) {
    return [
      { operator: ">=", values: [low] },
      { operator: "<=", values: [high] },
    ];
  }
  if (!isOperator(operator) || !lexpr || !rexpr) return [];
  if (kind === "AEXPR_IN") return isColumn(lexpr) ? [{ operator, values: list }] : [];
  if (kind !== "AEXPR_OP") return [];
  if (isColumn(lexpr)) return [{ operator, values: [rexpr] }];
  return isColumn(rexpr) ? [{ operator: turned[operator], values: [lexpr] }] : [];
}

/** Whether no value meets both. */
export function exclude(one: Bound, other: Bound): boolean {
  if (one.operator === "null" || other.operator === "null") return one.operator !== other.operator;
  return excludesFrom(one, other) || excludesFrom(other, one);
}

function excludesFrom(one: Bound, other: Bound): boolean {
  if (one.operator === "=") return one.values.every((value) => excludesValue(other, value, one.type));
  const [upper, lower] = [one.values[0], other.values[0]];
  if (!upper || !lower || !one.operator.startsWith("<") || one.operator === "<>" || !other.operator.startsWith(">")) return false;
  const order = compared(upper, lower);
  const isStrict = one.operator === "<" || other.operator === ">";
  return order !== undefined && (order < 0 || (order === 0 && isStrict));
}

function excludesValue({ operator, values, type }: Bound, value: Node, typeOfValue: string | undefined): boolean {
  if (operator === "=") return values.every((other) => areDifferent(value, other, [type, typeOfValue]));
  if (operator === "<>") return values.some((other) => compared(value, other) === 0);
  const [limit] = values;
  const order = limit && compared(value, limit);
  if (order === undefined) return false;
  return { "<": order >= 0, "<=": order > 0, ">": order <= 0, ">=": order < 0 }[operator as "<"] ?? false;
}

/** null for NULL; undefined for what is no constant. */
function constantIn(node: Node): string | number | boolean | null | undefined {
  if ("TypeCast" in node) return node.TypeCast.arg && constantIn(node.TypeCast.arg);
  if (!("A_Const" in node)) return undefined;
  const { isnull, sval, ival, fval, boolval } = node.A_Const;
  if (isnull) return null;
  if (sval) return sval.sval ?? "";
  if (boolval) return boolval.boolval ?? false;
  return ival ? (ival.ival ?? 0) : Number(fval?.fval);
}

const isoDate = /^\d{4}-\d\d-\d\d$/;

/** Below zero if the first comes before the other; undefined where that depends on their type. */
function compared(one: Node, other: Node): number | undefined {
  const [a, b] = [constantIn(one), constantIn(other)];
  if (typeof a === "number" && typeof b === "number") return a - b;
  const areDates = typeof a === "string" && typeof b === "string" && isoDate.test(a) && isoDate.test(b);
  if (areDates) return a < b ? -1 : Number(a > b);
  return shape(one) === shape(other) ? 0 : undefined;
}

/** Types of which two texts that differ in more than case, accents and blanks are two values. */
const textual = /^(?:text|varchar|bpchar|character|name\b|uuid\b|.*\.)/;

/** Whether two constants are two values in any case, and not two ways to write one, as `1` and `1.0` are. */
function areDifferent(one: Node, other: Node, types: readonly (string | undefined)[]): boolean {
  const order = compared(one, other);
  if (order !== undefined) return order !== 0;
  const [a, b] = [constantIn(one), constantIn(other)];
  if (typeof a === "boolean" && typeof b === "boolean") return a !== b;
  if (typeof a !== "string" || typeof b !== "string" || !types.every((type) => textual.test(type ?? "text"))) return false;
  return folded(a) !== folded(b) && ![a, b].every((text) => /^[\d\s.+-]*$/.test(text));
}

const folded = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();
