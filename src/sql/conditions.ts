import type { A_Expr, Node } from "@pgsql/types";
import { isKey } from "./expression.ts";
import type { Item, Level, TableShape } from "./level.ts";
import { namesIn } from "./relations.ts";
import { resolve } from "./scope.ts";

/** `left` compared with each of `right`: a plain operator has one, IN and BETWEEN have several. */
export interface Comparison {
  /** "=" for IN and = ANY too, "between", "~~" for LIKE, "~~*" for ILIKE. */
  readonly operator: string;
  readonly left: Node;
  readonly right: readonly Node[];
  readonly node: Node;
}

/** All conditions of WHERE and of joins that must hold for a row to be kept. */
export const conditionsOf = <Table extends TableShape>({ where, joins }: Level<Table>): readonly Node[] => [
  ...where,
  ...joins.flatMap(({ on }) => on),
];

/** The comparisons in a condition, through AND and OR; those under NOT are none that an index could serve. */
export function comparisonsIn(condition: Node): readonly Comparison[] {
  if ("BoolExpr" in condition)
    return condition.BoolExpr.boolop === "NOT_EXPR" ? [] : (condition.BoolExpr.args ?? []).flatMap(comparisonsIn);
  const comparison = "A_Expr" in condition ? comparisonOf(condition.A_Expr, condition) : undefined;
  return comparison ? [comparison] : [];
}

const operators: Readonly<Record<string, readonly string[]>> = {
  AEXPR_OP: ["=", "<", ">", "<=", ">=", "~~", "~~*"],
  AEXPR_OP_ANY: ["="],
  AEXPR_IN: ["="],
  AEXPR_LIKE: ["~~"],
  AEXPR_ILIKE: ["~~*"],
  AEXPR_BETWEEN: ["BETWEEN"],
};

function comparisonOf({ kind = "AEXPR_OP", name, lexpr, rexpr }: A_Expr, node: Node): Comparison | undefined {
  const operator = namesIn(name).at(-1) ?? "";
  if (!lexpr || !rexpr || !operators[kind]?.includes(operator)) return undefined;
  const right = kind !== "AEXPR_OP" && "List" in rexpr ? (rexpr.List.items ?? []) : [rexpr];
  return { operator: operator.toLowerCase(), left: lexpr, right, node };
}

/** A comparison as it reads from either side. Only a plain operator can be turned round. */
export function bothWays(comparison: Comparison): readonly Comparison[] {
  const { left, right, operator, node } = comparison;
  const [other] = right;
  const turned = other && { "=": "=", "<": ">", ">": "<", "<=": ">=", ">=": "<=" }[operator];
  const isPlain = "A_Expr" in node && (node.A_Expr.kind ?? "AEXPR_OP") === "AEXPR_OP";
  return turned && isPlain ? [comparison, { operator: turned, left: other, right: [left], node }] : [comparison];
}

/** The columns of an item that must equal something known (`isKnown`) before the level's own tables are read. */
export function boundColumns<Table extends TableShape>(
  item: Item<Table>,
  level: Level<Table>,
  isKnown: (nodes: readonly Node[]) => boolean,
): ReadonlySet<string> {
  const kept = level.joins.filter(({ kind }) => kind === "inner").flatMap(({ on }) => on);
  const conditions = [...level.where, ...kept].filter((condition) => !("BoolExpr" in condition));
  const bound = new Set<string>();
  for (const { operator, left, right } of conditions.flatMap(comparisonsIn).flatMap(bothWays)) {
    const use = operator === "=" && "ColumnRef" in left ? resolve(left.ColumnRef, level) : undefined;
    if (use?.item === item && isKnown(right)) bound.add(use.name);
  }
  return bound;
}

/**
 * Whether an index finds the few rows of an item by these columns, before its other conditions are tested on them.
 * Where the indexes are not known, a column called id is taken to have one.
 */
export function isIndexedBy(bound: ReadonlySet<string>, table: TableShape | undefined): boolean {
  if (!table) return bound.has("id");
  const columns = Array.from(bound, (name): Node => ({ ColumnRef: { fields: [{ String: { sval: name } }] } }));
  return table.indexes.some(({ keys: [key], valid }) => valid && key !== undefined && columns.some((column) => isKey(column, key)));
}
