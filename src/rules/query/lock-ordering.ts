import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { clausesOf } from "../../sql/clauses.ts";
import { comparisonsIn } from "../../sql/conditions.ts";
import { type Item, type Level, nameOfItem } from "../../sql/level.ts";
import type { Query } from "../../sql/query.ts";
import { sql, unquote } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { waitingLocks } from "../../sql/row-locks.ts";
import { openItems, uniqueIndexesOf } from "../../sql/unique.ts";
import { walk } from "../../sql/walk.ts";
import { queryRule } from "../rule.ts";

/** Whether a condition names several rows: a list, an array, a subquery. */
function isList(condition: Node): boolean {
  if ("SubLink" in condition) return condition.SubLink.subLinkType === "ANY_SUBLINK";
  if (!("A_Expr" in condition)) return false;
  const [comparison] = comparisonsIn(condition);
  return condition.A_Expr.kind === "AEXPR_OP_ANY" || (condition.A_Expr.kind === "AEXPR_IN" && (comparison?.right.length ?? 0) > 1);
}

/** Functions that give a row for each element of what the caller sends. */
const unpacking = /^(?:unnest|jsonb?_to_recordset|jsonb?_populate_recordset|jsonb?_array_elements(?:_text)?|string_to_table)$/;

/** Whether FROM brings the rows in the order in which the caller lists them. */
function isListed({ kind, body, node }: Item<Table>): boolean {
  if (kind === "subquery") return (body?.select?.valuesLists?.length ?? 0) > 1 && body?.order.length === 0;
  return (
    kind === "function" &&
    [...walk(node)].some((visit) => visit.kind === "FuncCall" && unpacking.test(namesIn(visit.node.funcname).at(-1) ?? ""))
  );
}

const keyOf = ({ table }: Item<Table>): readonly string[] =>
  (table &&
    uniqueIndexesOf(table)
      .find(({ primary }) => primary)
      ?.keys.map(unquote)) ??
  [];

/** Of a SELECT: the table whose rows it locks in any order. One row that all have to lock first keeps the others apart. */
function lockedAmong(items: readonly Item<Table>[], level: Level<Table>, query: Query<Table>): Item<Table> | undefined {
  const open = openItems([], level, query);
  if (items.some((item) => !open.includes(item))) return undefined;
  const isNamed = (item: Item<Table>) =>
    level.where.some((condition) => {
      const [only, ...more] = query.itemsIn(condition, level) ?? [];
      return only === item && more.length === 0 && isList(condition);
    });
  return items.find((item) => item.kind === "relation" && (isNamed(item) || level.items.some(isListed)));
}

function inOrder(item: Item<Table>, level: Level<Table>, query: Query<Table>): string | undefined {
  const tail = clausesOf(level, query.statement)?.tail;
  const key = keyOf(item);
  if (!tail || key.length === 0) return undefined;
  const columns = key.map((column) => (level.items.length > 1 ? sql`${item.name}.${column}` : sql`${column}`));
  const start = query.spanOf(item.node);
  return start && query.replacing({ ...start, ...tail, end: tail.start }, `order by ${columns.join(", ")} `);
}

function* lockedByRow(query: Query<Table>) {
  for (const level of query.levels) {
    const locks = level.order.length > 0 || level.limit ? undefined : waitingLocks(level, query.statement);
    const locked = locks && lockedAmong(locks.items, level, query);
    if (!locks || !locked) continue;
    const key = keyOf(locked).join(", ");
    yield {
      message: `Nothing says in which order the rows of ${nameOfItem(locked)} are locked, so two transactions that want the same rows may deadlock.${key ? ` ORDER BY ${key} gives all of them one order.` : ""}`,
      span: locks.span ?? query.spanOf(locked.node),
      object: nameOfItem(locked).toString(),
      fix: inOrder(locked, level, query),
    };
  }
}

function* writtenByList(query: Query<Table>) {
  if (query.levels.some(({ select, order }) => select?.lockingClause && order.length > 0)) return;
  for (const level of query.levels.filter(({ kind }) => kind === "update" || kind === "delete")) {
    const [target, ...others] = level.items;
    const list = others.find(isListed);
    if (!target || !list || !openItems([], level, query).includes(target)) continue;
    yield {
      message: `The rows of ${nameOfItem(target)} are locked in the order in which the plan meets them, which may be that of ${list.name || "the list"}, so two transactions that list the same rows may deadlock. Lock them first, with SELECT … ORDER BY … FOR NO KEY UPDATE.`,
      span: query.spanOf(list.node),
      object: nameOfItem(target).toString(),
    };
  }
}

export default queryRule({
  id: "query/lock-ordering",
  severity: "info",

  *check(query) {
    yield* lockedByRow(query);
    yield* writtenByList(query);
  },
});
