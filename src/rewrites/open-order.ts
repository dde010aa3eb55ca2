import type { FuncCall, Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { shape } from "../sql/expression.ts";
import type { Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { namesIn } from "../sql/relations.ts";
import { groupsOf, isTotallyOrdered, openItems } from "../sql/unique.ts";
import { walkExpression } from "../sql/walk.ts";

/** Aggregates whose result follows the order of the rows (https://www.postgresql.org/docs/current/functions-aggregate.html). */
const ordered = new Set(
  "any_value array_agg json_agg json_agg_strict json_object_agg jsonb_agg jsonb_agg_strict jsonb_object_agg string_agg xmlagg".split(" "),
);

/** Window functions that tell rows apart which ORDER BY does not. */
const numbering = new Set("first_value lag last_value lead nth_value ntile row_number".split(" "));

/** `FRAMEOPTION_ROWS` in src/include/nodes/parsenodes.h: the frame counts rows, not values. */
const ROWS = 0x0004;

/** Whether something that a level computes depends on an order of rows that it leaves open. */
export const isOpen = (level: Level<Table>, query: Query<Table>): boolean =>
  [...walkExpression(level.expressions)].some(
    ({ kind, node }) =>
      kind === "JsonArrayAgg" ||
      kind === "JsonObjectAgg" ||
      (kind === "FuncCall" && (node.over ? isOpenWindow(node, level, query) : isOpenAggregate(node, level, query))),
  );

function isOpenAggregate(
  { funcname, args = [], agg_order = [], agg_distinct }: FuncCall,
  level: Level<Table>,
  query: Query<Table>,
): boolean {
  if (!ordered.has(namesIn(funcname).at(-1) ?? "") || agg_distinct) return false;
  const [value] = args;
  const by = sortKeys(agg_order);
  // Rows that it leaves open have the same value.
  if (by.some((node) => shape(node) === shape(value))) return false;
  if (by.length === 0 && isOfOrdered(level, query)) return false;
  return openItems([...groupsOf(level, query), ...by], level, query).length > 0;
}

/** Whether a level reads one query in its order, and no more. */
function isOfOrdered({ items: [item, another], where, group }: Level<Table>, query: Query<Table>): boolean {
  return item?.body !== undefined && !another && where.length === 0 && group.length === 0 && isTotallyOrdered(item.body, query);
}

function isOpenWindow({ funcname, over }: FuncCall, level: Level<Table>, query: Query<Table>): boolean {
  const name = namesIn(funcname).at(-1) ?? "";
  const countsRows = numbering.has(name) || ordered.has(name) || ((over?.frameOptions ?? 0) & ROWS) !== 0;
  if (!over || !countsRows) return false;
  const isNamed = over.name !== undefined || over.refname !== undefined;
  const { partitionClause = [], orderClause = [] } = over;
  return isNamed || level.group.length > 0 || openItems([...partitionClause, ...sortKeys(orderClause)], level, query).length > 0;
}

const sortKeys = (order: readonly Node[]): readonly Node[] =>
  order.flatMap((node) => ("SortBy" in node && node.SortBy.node ? [node.SortBy.node] : []));
