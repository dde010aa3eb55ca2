import type { Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { bothWays, type Comparison } from "../sql/conditions.ts";
import type { Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { walkExpression } from "../sql/walk.ts";

/** What a parameter is compared with. */
export interface Compared {
  /** The n of `$n`. */
  readonly number: number;
  /** As the caller calls it. */
  readonly name: string;
  readonly table: Table;
  readonly column: string;
  readonly as: "equal" | "above" | "below" | "list";
}

export interface Parameters {
  readonly compared: readonly Compared[];
  /** Of LIMIT, and of OFFSET. */
  readonly limits: readonly number[];
  readonly offsets: readonly number[];
}

/**
 * Undefined where a parameter decides what is found in a way that no value of the statistics stands for, such as a pattern,
 * or where none decides it.
 */
export function parametersOf(query: Query<Table>): Parameters | undefined {
  const found = query
    .comparisons()
    .flatMap((comparison) => bothWays(comparison).flatMap((side) => comparedIn(side, { query, level: comparison.level })));
  const placed = new Set(found.map(({ at }) => at));
  const conditions = query.levels.flatMap((level) => [...level.where, ...level.joins.flatMap(({ on }) => on), ...havingOf(level)]);
  if (found.length === 0 || !conditions.every((condition) => decided(condition, placed))) return undefined;
  return {
    compared: found.map(({ compared }) => compared),
    limits: query.levels.flatMap(({ limit }) => parameterIn(limit)?.number ?? []),
    offsets: query.levels.flatMap(({ offset }) => parameterIn(offset)?.number ?? []),
  };
}

const havingOf = ({ select }: Level<Table>): readonly Node[] => (select?.havingClause ? [select.havingClause] : []);

interface Around {
  readonly query: Query<Table>;
  readonly level: Level<Table>;
}

interface Found {
  /** Where it stands. */
  readonly at: number;
  readonly compared: Compared;
}

function comparedIn({ operator, left, right, node }: Comparison, { query, level }: Around): readonly Found[] {
  const use = "ColumnRef" in left ? query.columnOf(left.ColumnRef, level) : undefined;
  if (!use?.table || !use.column || use.item.kind !== "relation") return [];
  const { table, column } = use;
  return right.flatMap((value, place) => {
    const parameter = parameterIn(value);
    const as = waysOf(operator, node)[place];
    if (!parameter || !as) return [];
    const { number, location } = parameter;
    const name = query.statement.written?.names[number - 1] ?? `$${number}`;
    return [{ at: location, compared: { number, name, table, column: column.name, as } }];
  });
}

const ways: Readonly<Record<string, readonly Compared["as"][]>> = {
  "<": ["below"],
  "<=": ["below"],
  ">": ["above"],
  ">=": ["above"],
  between: ["above", "below"],
};

function waysOf(operator: string, node: Node): readonly Compared["as"][] {
  if (operator !== "=") return ways[operator] ?? [];
  const kind = "A_Expr" in node ? node.A_Expr.kind : undefined;
  if (kind === "AEXPR_OP_ANY") return ["list"];
  return kind === "AEXPR_IN" && "A_Expr" in node && node.A_Expr.rexpr && "List" in node.A_Expr.rexpr
    ? (node.A_Expr.rexpr.List.items ?? []).map(() => "equal" as const)
    : ["equal"];
}

function parameterIn(node: Node | undefined): { readonly number: number; readonly location: number } | undefined {
  if (node && "TypeCast" in node) return parameterIn(node.TypeCast.arg);
  return node && "ParamRef" in node ? { number: node.ParamRef.number ?? 0, location: node.ParamRef.location ?? 0 } : undefined;
}

/** Every parameter of the condition is compared with a column, or tested for NULL, which no value is. */
function decided(condition: Node, placed: ReadonlySet<number>): boolean {
  const visits = [...walkExpression(condition)];
  const tested = new Set(visits.flatMap(({ kind, node }) => (kind === "NullTest" ? (parameterIn(node.arg)?.location ?? []) : [])));
  return visits.every(({ kind, node }) => kind !== "ParamRef" || placed.has(node.location ?? 0) || tested.has(node.location ?? 0));
}
