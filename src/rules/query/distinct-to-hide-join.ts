import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { clausesOf } from "../../sql/clauses.ts";
import { conditionsOf } from "../../sql/conditions.ts";
import { columnNode } from "../../sql/follows.ts";
import { joinedGroups } from "../../sql/join-graph.ts";
import { type Item, type Join, type Level, nameOfItem } from "../../sql/level.ts";
import { spanOf } from "../../sql/position.ts";
import type { Query } from "../../sql/query.ts";
import { namesIn } from "../../sql/relations.ts";
import { columnsOf } from "../../sql/scope.ts";
import { isAggregated, isDistinct, isDistinctAnyway, knowsKeys, multiplies, openItems } from "../../sql/unique.ts";
import { walkExpression } from "../../sql/walk.ts";
import { queryRule } from "../rule.ts";

/** Rows. So few copies are quick to make and to take away. */
const SMALL = 1000;

type Items = ReadonlySet<Item<Table>>;

/** The items whose columns are in the result; undefined where that cannot be known. */
function shownBy(level: Level<Table>, query: Query<Table>): Items | undefined {
  const found = level.targets.map(({ val }) => {
    const fields = val && "ColumnRef" in val ? (val.ColumnRef.fields ?? []) : [];
    if (!fields.some((field) => "A_Star" in field)) return query.itemsIn(val, level);
    const of = namesIn(fields).at(-1);
    return level.items.filter(({ name }) => of === undefined || name === of);
  });
  return found.includes(undefined) ? undefined : new Set(found.flatMap((items) => [...(items ?? [])]));
}

/** A level that DISTINCT and its joins alone shape, so that a row of FROM is a row of the result. */
const isPlain = (level: Level<Table>) =>
  isDistinct(level) &&
  level.group.length === 0 &&
  level.items.length > 1 &&
  !isAggregated(level) &&
  !multiplies(level) &&
  !level.targets.some(({ val }) => [...walkExpression(val)].some(({ kind, node }) => kind === "FuncCall" && node.over)) &&
  level.items.every(({ kind, lateral }) => kind !== "function" && !lateral) &&
  level.joins.every(isReadable);

const isReadable = ({ kind, natural, using, left, right }: Join<Table>) =>
  kind !== "full" && !natural && (using.length === 0 || [...left, ...right].every((item) => columnsOf(item) !== undefined));

/** The level as it would be with these items only. */
function onlyWith(items: Items, level: Level<Table>, query: Query<Table>): Level<Table> {
  const isInside = (node: Node) => [...(query.itemsIn(node, level) ?? [])].every((item) => items.has(item));
  const inside = (list: readonly Item<Table>[]) => list.filter((item) => items.has(item));
  const joins = level.joins.map((join) => ({ ...join, left: inside(join.left), right: inside(join.right), on: join.on.filter(isInside) }));
  return { ...level, items: inside(level.items), where: level.where.filter(isInside), joins };
}

/** The columns by which what is shown is joined to the rest. */
function joiningColumns(shown: Items, level: Level<Table>, query: Query<Table>): readonly Node[] {
  const named = conditionsOf(level).flatMap((condition) =>
    [...walkExpression(condition)].flatMap(({ kind, node }): readonly Node[] => {
      const use = kind === "ColumnRef" ? query.columnOf(node, level) : undefined;
      return kind === "ColumnRef" && use && shown.has(use.item) ? [{ ColumnRef: node }] : [];
    }),
  );
  const merged = level.joins.flatMap(({ using }) => using.flatMap((name) => [...shown].map((item) => columnNode(item, name))));
  return [...named, ...merged];
}

/** `where o.id is null` keeps the rows that have no match, each of them once. */
const isNegated = (item: Item<Table>, level: Level<Table>, query: Query<Table>) =>
  level.where.some(
    (node) => "NullTest" in node && node.NullTest.nulltesttype === "IS_NULL" && query.itemsIn(node, level)?.has(item) !== false,
  );

interface Doubling {
  /** What repeats the rows. */
  readonly item: Item<Table>;
  readonly shown: Items;
}

function doublingIn(level: Level<Table>, query: Query<Table>): Doubling | undefined {
  const shown = isPlain(level) ? shownBy(level, query) : undefined;
  const hidden = level.items.filter((item) => !shown?.has(item));
  if (!shown || shown.size === 0 || hidden.length === 0 || [...shown].some(({ nullable }) => nullable)) return undefined;
  if (!conditionsOf(level).every((condition) => query.itemsIn(condition, level))) return undefined;
  // What hangs together only by the hidden table needs the join.
  if (joinedGroups(onlyWith(shown, level, query), query)?.length !== 1) return undefined;
  const open = openItems(joiningColumns(shown, level, query), level, query).filter((item) => !shown.has(item));
  const [item] = open;
  const isSure = open.every((each) => knowsKeys(each) && !isNegated(each, level, query));
  return item && isSure && (item.table?.rows ?? SMALL) >= SMALL ? { item, shown } : undefined;
}

/** A LEFT JOIN that neither adds columns nor is asked for anything. */
const isUnused = (item: Item<Table>, level: Level<Table>, query: Query<Table>) =>
  level.joins.some(({ kind, right, on }) => {
    const isAlone = kind === "left" && right.length === 1 && right[0] === item && level.joins.every(({ using }) => using.length === 0);
    return isAlone && conditionsOf(level).every((node) => on.includes(node) || !query.itemsIn(node, level)?.has(item));
  });

export default queryRule({
  id: "query/distinct-to-hide-join",
  severity: "warning",

  *check(query) {
    for (const level of query.levels) {
      const doubling = doublingIn(level, query);
      const start = clausesOf(level, query.statement)?.targets.start;
      if (!doubling || start === undefined) continue;
      const { item, shown } = doubling;
      const isIdle = isUnused(item, level, query);
      const remedy = isIdle ? "Leave the join out: nothing of it is used." : "Ask with EXISTS whether there is a match.";
      const [first, ...more] = Array.from(shown, (each) => nameOfItem(each).toString());
      yield {
        message: `The join repeats each row of ${[first, ...more].join(" and ")} for every match in ${nameOfItem(item)}, which shows nothing, and DISTINCT takes the copies away again. ${remedy}`,
        span: spanOf(query.statement.source, start, start + "distinct".length),
        object: nameOfItem(item).toString(),
        severity: isDistinctAnyway(onlyWith(shown, level, query), query) ? "warning" : "info",
      };
    }
  },
});
