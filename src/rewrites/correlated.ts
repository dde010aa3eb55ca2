import type { Node } from "@pgsql/types";
import type { Column } from "../catalog/columns.ts";
import type { Table } from "../catalog/tables.ts";
import { hasAggregate } from "../sql/aggregates.ts";
import { clausesOf } from "../sql/clauses.ts";
import type { Level } from "../sql/level.ts";
import { strictOperators } from "../sql/nulls.ts";
import type { Query } from "../sql/query.ts";
import { namesIn } from "../sql/relations.ts";
import { sortedBy, tellsApart } from "../sql/unique.ts";
import { walkExpression } from "../sql/walk.ts";
import { readsOnly, wordsOf } from "./parts.ts";
import type { Calls } from "./rewrite.ts";

/** What a subquery computes for one row of the query around it, as what it would be for all of them. */
export interface Computed {
  /** An aggregate of each group, the one row of each key, or the first row of each key. */
  readonly kind: "group" | "lookup" | "first";
  readonly from: string;
  /** Conditions that speak of its own rows only. */
  readonly rest: readonly string[];
  readonly value: string;
  /** What the value is where there is no such row. */
  readonly empty: "null" | "zero";
  /** Of each pair that is equated: words of the subquery, and of the query around it. */
  readonly keys: readonly (readonly [inner: string, outer: string])[];
  /** Of the first row. */
  readonly order: string | undefined;
}

export function computedIn(inside: Level<Table>, level: Level<Table>, query: Query<Table>, calls: Calls): Computed | undefined {
  const [target, another] = inside.targets;
  const clauses = clausesOf(inside, query.statement);
  const how = target?.val && kindOf(inside, target.val, query, calls);
  const value = wordsOf(target?.val, query);
  if (!how || !target?.val || another || !clauses?.from || value === undefined || !isOwn(inside, query)) return undefined;
  const split = splitWhere(inside, level, query);
  if (!split) return undefined;
  const text = ({ start, end }: { readonly start: number; readonly end: number }) => query.statement.source.slice(start, end);
  return {
    ...how,
    from: text(clauses.from),
    rest: split.rest,
    value,
    keys: split.keys,
    order: how.kind === "first" && clauses.order ? text(clauses.order) : undefined,
  };
}

function kindOf(inside: Level<Table>, value: Node, query: Query<Table>, calls: Calls): Pick<Computed, "kind" | "empty"> | undefined {
  const { select, group, limit, offset } = inside;
  if (inside.kind !== "select" || group.length > 0 || offset || select?.havingClause || select?.withClause) return undefined;
  const isOne = limit && "A_Const" in limit && limit.A_Const.ival?.ival === 1;
  if (isSingle(value, calls)) {
    if (isOne)
      return inside.order.length > 0 && isSortedByColumns(inside) && !select?.distinctClause ? { kind: "first", empty: "null" } : undefined;
    return !limit && tellsApart([], inside, query) ? { kind: "lookup", empty: "null" } : undefined;
  }
  const empty = limit ? undefined : emptyValue(value, calls);
  return empty && { kind: "group", empty };
}

/** One value for one row. */
const isSingle = (value: Node, { aggregates, setReturning }: Calls) =>
  !hasAggregate(value) &&
  ![...walkExpression(value)].some(
    ({ kind, node }) =>
      kind === "FuncCall" && (node.over || [aggregates, setReturning].some((names) => names.has(namesIn(node.funcname).at(-1) ?? ""))),
  );

/** A number in ORDER BY would be another column's. */
const isSortedByColumns = (inside: Level<Table>) =>
  sortedBy(inside).every((node, at) => {
    const sort = inside.order[at];
    return sort && "SortBy" in sort && sort.SortBy.node === node;
  });

/** Whether only WHERE speaks of the row around. */
function isOwn(inside: Level<Table>, query: Query<Table>): boolean {
  const others = [...inside.targets.map(({ val }) => val), ...inside.order, ...inside.joins.flatMap(({ on }) => on)];
  return inside.items.every(({ lateral }) => !lateral) && others.every((node) => readsOnly(node, inside, inside, query) !== false);
}

/** Equalities of the subquery's columns with those around it, and conditions that speak of its own only. */
function splitWhere(inside: Level<Table>, level: Level<Table>, query: Query<Table>) {
  const keys: [string, string][] = [];
  const rest: string[] = [];
  for (const condition of inside.where) {
    const words = wordsOf(condition, query);
    if (words === undefined) return undefined;
    if (readsOnly(condition, inside, inside, query) !== false) {
      rest.push(`(${words})`);
      continue;
    }
    const pair = pairIn(condition, { inside, level, query });
    if (!pair) return undefined;
    keys.push(pair);
  }
  return keys.length === 0 ? undefined : { keys, rest };
}

function pairIn(
  condition: Node,
  { inside, level, query }: { inside: Level<Table>; level: Level<Table>; query: Query<Table> },
): [string, string] | undefined {
  if (!("A_Expr" in condition) || (condition.A_Expr.kind ?? "AEXPR_OP") !== "AEXPR_OP" || namesIn(condition.A_Expr.name).at(-1) !== "=")
    return undefined;
  const { lexpr, rexpr } = condition.A_Expr;
  for (const [inner, outer] of [
    [lexpr, rexpr],
    [rexpr, lexpr],
  ]) {
    if (readsOnly(inner, inside, inside, query) !== true || readsOnly(outer, level, inside, query) !== true) continue;
    const words = [wordsOf(inner, query), wordsOf(outer, query)] as const;
    if (!inner || !outer || !isOneEquality({ inner, outer }, inside, query)) continue;
    if (words[0] !== undefined && words[1] !== undefined) return [words[0], words[1]];
  }
  return undefined;
}

/**
 * Whether rows that are equal to one value are one group: GROUP BY takes what is equal by the type and collation of the inner side.
 * Another comparison, as of citext with text or of numeric with double precision, may meet several groups, or a part of one.
 */
function isOneEquality(pair: { readonly inner: Node; readonly outer: Node }, inside: Level<Table>, query: Query<Table>): boolean {
  const types = [pair.inner, pair.outer].map((node) => typesIn(node, inside, query));
  const [isAlike, isKnown] = [JSON.stringify(types[0]) === JSON.stringify(types[1]), !types.some((each) => each?.includes(undefined))];
  const isPlain = "ColumnRef" in pair.inner && "ColumnRef" in pair.outer;
  return isAlike && isKnown && (isPlain || shapeOf(pair.inner) === shapeOf(pair.outer));
}

const typesIn = (node: Node, level: Level<Table>, query: Query<Table>) =>
  [...walkExpression(node)].flatMap(({ kind, node: inner }) =>
    kind === "ColumnRef" ? [typeOf(query.columnOf(inner, level)?.column)] : [],
  );

const typeOf = (column: Column | undefined) =>
  column && `${column.type.replace(/\(.*\)/, "").replace(/^(?:smallint|integer|bigint)$/, "whole")} ${column.collation}`;

/** Whatever its columns are called. */
const shapeOf = (node: Node) => JSON.stringify(node, (key, value) => (key === "location" || key === "fields" ? undefined : value));

/** Aggregates that are NULL for no rows; in other parts of an expression NULL stays NULL. */
const nullOfNone = new Set("min max sum avg bool_and bool_or every stddev variance array_agg string_agg".split(" "));

function emptyValue(node: Node, calls: Calls): "null" | "zero" | undefined {
  if (!("FuncCall" in node)) return strictOperands(node).some((operand) => emptyValue(operand, calls) === "null") ? "null" : undefined;
  const name = namesIn(node.FuncCall.funcname).at(-1) ?? "";
  if (node.FuncCall.over || !calls.aggregates.has(name)) return undefined;
  if (nullOfNone.has(name)) return "null";
  return name === "count" ? "zero" : undefined;
}

/** Parts of an expression that is NULL when one of them is. */
function strictOperands(node: Node): readonly Node[] {
  if ("TypeCast" in node) return node.TypeCast.arg ? [node.TypeCast.arg] : [];
  if (!("A_Expr" in node) || (node.A_Expr.kind ?? "AEXPR_OP") !== "AEXPR_OP") return [];
  const { name, lexpr, rexpr } = node.A_Expr;
  return strictOperators.has(namesIn(name).at(-1) ?? "") ? [lexpr, rexpr].flatMap((side) => side ?? []) : [];
}
