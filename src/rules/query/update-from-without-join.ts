import type { Table } from "../../catalog/tables.ts";
import { isNoFactor, joinedGroups } from "../../sql/join-graph.ts";
import { type Item, type Level, nameOfItem, sizedNameOf } from "../../sql/level.ts";
import type { Query } from "../../sql/query.ts";
import { openItems } from "../../sql/unique.ts";
import { queryRule } from "../rule.ts";

/** VALUES of several rows multiply, unlike one row of them. */
const isList = ({ body }: Item<Table>) => (body?.select?.valuesLists?.length ?? 0) > 1;

/** INSERT of one row, whose RETURNING has one. */
function isOneInserted({ body }: Item<Table>): boolean {
  if (!body || !("InsertStmt" in body.node)) return false;
  const { selectStmt } = body.node.InsertStmt;
  return !selectStmt || ("SelectStmt" in selectStmt && selectStmt.SelectStmt.valuesLists?.length === 1);
}

/** Whether there may be several rows of it to choose from. Without a catalog any equality may leave one. */
function hasSeveral(item: Item<Table>, level: Level<Table>, query: Query<Table>, around: readonly Level<Table>[] = []): boolean {
  if (isList(item)) return true;
  if (isNoFactor(item) || isOneInserted(item) || (item.table?.rows ?? 2) <= 1) return false;
  if (!item.table && !item.body) return query.boundColumns(item, level).size === 0;
  if (!openItems([], level, query).includes(item)) return false;
  const { body } = item;
  if (body?.kind !== "select" || around.includes(body)) return true;
  return body.items.some((inner) => hasSeveral(inner, body, query, [...around, body]));
}

const isSameTable = (one: Item<Table>, other: Item<Table>) =>
  one.kind === "relation" && other.kind === "relation" && nameOfItem(one).toString() === nameOfItem(other).toString();

/** Whether a condition picks rows of the target by what is known before. */
const isFiltered = (target: Item<Table>, level: Level<Table>, query: Query<Table>) =>
  level.where.some((condition) => query.itemsIn(condition, level)?.has(target));

const isReferred = (from: Table | undefined, to: Table | undefined) =>
  from?.constraints.some(({ kind, references }) => kind === "foreign key" && references === to?.oid) ?? false;

/**
 * Whether a table stands beside a target of which nothing is asked, and a tie was meant: by DELETE, by a foreign key, or by
 * who names the target twice, UPDATE orders … FROM orders AS o, and takes the second for the first.
 */
function isForgotten(item: Item<Table>, target: Item<Table>, level: Level<Table>, query: Query<Table>): boolean {
  if (item.kind !== "relation" || (item.table?.rows ?? 2) <= 1 || isFiltered(target, level, query)) return false;
  const isRelated = isReferred(item.table, target.table) || isReferred(target.table, item.table);
  return level.kind === "delete" || isRelated || isSameTable(item, target);
}

/** One item of each group of FROM or USING that nothing ties to the target. */
function untied(level: Level<Table>, query: Query<Table>): readonly Item<Table>[] {
  const [target] = level.items;
  if (!target) return [];
  const groups = (joinedGroups(level, query) ?? []).filter((items) => !items.includes(target));
  return groups.flatMap(
    (items) => items.find((item) => isForgotten(item, target, level, query)) ?? items.find((item) => hasSeveral(item, level, query)) ?? [],
  );
}

function messageOf(item: Item<Table>, target: Item<Table>, level: Level<Table>, query: Query<Table>): string {
  const name = nameOfItem(target);
  const source = isSameTable(item, target) && item.name !== item.relation?.name ? `${nameOfItem(item)} as ${item.name}` : nameOfItem(item);
  const which = isFiltered(target, level, query) ? `each row of ${name} that WHERE lets through` : `every row of ${sizedNameOf(target)}`;
  const row = hasSeveral(item, level, query) ? `whichever row of ${source} it reads first` : `one row of ${source}`;
  const cost =
    level.kind === "update" ? `UPDATE changes ${which}, from ${row}` : `DELETE removes ${which} if ${source} has one row that fits`;
  return `Nothing ties ${source} to the target ${name}, so ${cost}.`;
}

export default queryRule({
  id: "query/update-from-without-join",
  severity: "error",

  *check(query) {
    for (const level of query.levels.filter(({ kind }) => kind === "update" || kind === "delete")) {
      const [target] = level.items;
      for (const item of untied(level, query)) {
        if (!target) continue;
        yield {
          message: messageOf(item, target, level, query),
          span: query.spanOf(item.node),
          object: nameOfItem(target).toString(),
          ...(target.table?.rows === undefined ? {} : { evidence: { rows: target.table.rows } }),
        };
      }
    }
  },
});
