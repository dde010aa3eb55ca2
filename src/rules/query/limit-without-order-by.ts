import type { Table } from "../../catalog/tables.ts";
import { type Cut, cutOf, skipsLocked } from "../../sql/cut.ts";
import { type Item, type Level, nameOfItem } from "../../sql/level.ts";
import type { Query } from "../../sql/query.ts";
import { isRecursive } from "../../sql/recursive.ts";
import { hasOnlyDoubles, isDistinct, knowsKeys, tellsApart } from "../../sql/unique.ts";
import { walk } from "../../sql/walk.ts";
import { queryRule } from "../rule.ts";

/** LIMIT is there to bound the work, and any rows will do. */
const isMeant = (level: Level<Table>) =>
  level.place === "exists" ||
  level.place === "scalar" ||
  skipsLocked(level) ||
  level.items.some(({ body }) => body !== undefined && isRecursive(body)) ||
  [...walk(level.select?.fromClause)].some(({ kind }) => kind === "RangeTableSample");

/** Its rows come in an order of their own: a function's, a list's, or that of the only subquery. */
function isOrdered(level: Level<Table>): boolean {
  const { items, group } = level;
  const isList = ({ kind, body }: Item<Table>) => kind === "function" || body?.select?.valuesLists !== undefined;
  if (items.length > 0 && items.every(isList)) return true;
  return items.length === 1 && group.length === 0 && !isDistinct(level) && (items[0]?.body?.order.length ?? 0) > 0;
}

/** What LIMIT keeps is all there is. */
function isWhole(level: Level<Table>, { rows = 1, skips }: Cut, query: Query<Table>): boolean {
  const [item, ...others] = level.items;
  const fits = item?.table?.rows !== undefined && others.length === 0 && !skips && item.table.rows <= rows;
  return fits || tellsApart([], level, query) || hasOnlyDoubles(level, query);
}

/** Equality finds a row, and nobody knows whether there is another. */
const mayBeOne = ({ items }: Level<Table>, { rows }: Cut, boundOf: (item: Item<Table>) => ReadonlySet<string>) =>
  items.some((item) => {
    const bound = knowsKeys(item) ? new Set() : boundOf(item);
    return (items.length === 1 && bound.has("id")) || (rows === 1 && bound.size > 0);
  });

/** Whether somebody reads the columns of a subquery, and does not only count its rows. */
const isRead = (level: Level<Table>, { levels, itemsIn }: Query<Table>) =>
  (level.place !== "from" && level.place !== "cte") ||
  levels.some((reader) => {
    const items = reader.items.filter(({ body }) => body === level);
    const used = itemsIn(reader.expressions, reader);
    const hasStar = [...walk(reader.targets.map(({ val }) => val))].some(({ kind }) => kind === "A_Star");
    return items.some((item) => hasStar || used === undefined || used.has(item));
  });

/** What cuts a level's rows off at a place that is left to chance. */
function arbitraryCut(level: Level<Table>, query: Query<Table>): Cut | undefined {
  const cut = level.order.length === 0 ? cutOf(level) : undefined;
  if (!cut || isMeant(level) || isOrdered(level) || isWhole(level, cut, query)) return undefined;
  return mayBeOne(level, cut, (item) => query.boundColumns(item, level)) || !isRead(level, query) ? undefined : cut;
}

export default queryRule({
  id: "query/limit-without-order-by",
  severity: "warning",

  *check(query) {
    // A batch of a DELETE or an UPDATE may be any rows.
    if (query.levels.some(({ kind }) => kind !== "select" && kind !== "set")) return;
    for (const level of query.levels) {
      const cut = arbitraryCut(level, query);
      const span = cut && query.spanOf(cut.node);
      if (!span) continue;
      const clause = cut.node === level.limit ? "LIMIT" : "OFFSET";
      const [item] = level.items;
      yield {
        message: `${clause} ${query.textOf(span)} without ORDER BY leaves it to chance which rows${item ? ` of ${nameOfItem(item)}` : ""} come: ${cut.skips ? "pages repeat some rows and leave out others" : "the same query may return others at the next call"}.`,
        span,
        object: item && nameOfItem(item).toString(),
        // Who reads a single list of rows may be content with any.
        severity: cut.skips || level.place !== "top" ? "warning" : "info",
      };
    }
  },
});
