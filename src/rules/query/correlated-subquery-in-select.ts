import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { conditionsOf } from "../../sql/conditions.ts";
import { isKey } from "../../sql/expression.ts";
import { type Item, type Level, nameOfItem, sizedNameOf } from "../../sql/level.ts";
import type { Query } from "../../sql/query.ts";
import { namesIn } from "../../sql/relations.ts";
import { isDistinct, openItems } from "../../sql/unique.ts";
import { walkExpression } from "../../sql/walk.ts";
import { queryRule } from "../rule.ts";

/** Fewer rows than this, or runs, are not felt. */
const MANY = 1000;

const isSmall = ({ table }: Pick<Item<Table>, "table">) => (table?.rows ?? MANY) < MANY;

/** A page of rows, or one: expensive columns are computed after LIMIT (`make_sort_input_target` in src/backend/optimizer/plan/planner.c). */
const isPage = (level: Level<Table>) =>
  !isDistinct(level) &&
  level.limit !== undefined &&
  (!("A_Const" in level.limit) || (level.limit.A_Const.ival !== undefined && (level.limit.A_Const.ival.ival ?? 0) <= MANY));

/** Whether another query takes a page of this one, or picks rows of it. */
const isReadInPart = (level: Level<Table>, { levels, boundColumns }: Query<Table>) =>
  levels.some((reader) => reader.items.some((item) => item.body === level && (isPage(reader) || boundColumns(item, reader).size > 0)));

/** The item whose rows make a subquery run again and again; undefined where they are few. */
function repeaterOf(level: Level<Table>, query: Query<Table>): Item<Table> | undefined {
  const isAsked = level.kind === "select" && level.place !== "exists" && level.group.length === 0;
  if (!isAsked || isPage(level) || isReadInPart(level, query)) return undefined;
  const open = openItems([], level, query).filter((item) => item.kind !== "function" && !isSmall(item));
  return open.find(({ kind }) => kind === "relation") ?? open[0];
}

type Subquery = Extract<Node, { SubLink: unknown }>;

/** Subqueries in the target list that give a value: EXISTS and IN can be hashed for all rows at once. */
function* subqueriesIn({ targets }: Level<Table>): Generator<Subquery> {
  for (const { kind, node } of walkExpression(targets))
    if (kind === "SubLink" && (node.subLinkType === "EXPR_SUBLINK" || node.subLinkType === "ARRAY_SUBLINK")) yield { SubLink: node };
}

/** What an index could find or sort by, also for the least and the greatest value. */
function* mentionedIn(inside: Level<Table>): Generator<Node> {
  for (const { kind, node } of walkExpression([...conditionsOf(inside), ...inside.order])) {
    if (kind === "ColumnRef") yield { ColumnRef: node };
    if (kind === "FuncCall") yield { FuncCall: node };
  }
  for (const { kind, node } of walkExpression(inside.targets))
    if (kind === "FuncCall" && /^(?:min|max)$/.test(namesIn(node.funcname).at(-1) ?? "")) yield* node.args ?? [];
}

/** The table that is read whole each time. Whatever index might help in some way counts as help. */
function scannedIn(inside: Level<Table>, query: Query<Table>): Item<Table> | undefined {
  const searched = [...mentionedIn(inside)].filter((node) => query.itemsIn(node, inside)?.size !== 0);
  const isServed = ({ table }: Item<Table>) =>
    !table ||
    isSmall({ table }) ||
    !/^(?:table|partitioned|materialized)/.test(table.kind) ||
    table.indexes.some(({ keys: [key = ""], valid }) => valid && searched.some((node) => isKey(node, key)));
  const relations = inside.items.filter(({ kind }) => kind === "relation");
  return relations.some(isServed) ? undefined : relations[0];
}

function costOf(node: Subquery, outer: Item<Table>, level: Level<Table>, query: Query<Table>) {
  const inside = query.levelOf(node.SubLink.subselect);
  const isCorrelated = (query.itemsIn(node, level)?.size ?? 0) > 0;
  if (!inside || !isCorrelated || conditionsOf(inside).length === 0) return undefined;
  const scanned = scannedIn(inside, query);
  const isEquated = inside.items.some((item) => query.boundColumns(item, inside).size > 0);
  if (scanned) {
    const cost = `and reads all of ${sizedNameOf(scanned)} each time${isEquated ? ", for want of an index" : ""}`;
    return { severity: "warning" as const, cost };
  }
  // Rows that a condition has picked are few, as far as the text shows; the first by an index is found best one by one.
  const tables = inside.items.filter(({ kind }) => kind === "relation");
  if (tables.every(isSmall) || !isEquated || inside.limit || query.boundColumns(outer, level).size > 0) return undefined;
  return { severity: "info" as const, cost: "where a join would read both tables once" };
}

export default queryRule({
  id: "query/correlated-subquery-in-select",
  severity: "warning",

  *check(query) {
    for (const level of query.levels) {
      const outer = repeaterOf(level, query);
      if (!outer) continue;
      for (const node of subqueriesIn(level)) {
        const found = costOf(node, outer, level, query);
        if (!found) continue;
        yield {
          message: `This subquery runs once for each row of ${sizedNameOf(outer)}, ${found.cost}.`,
          span: query.spanOf(node),
          object: nameOfItem(outer).toString(),
          severity: found.severity,
        };
      }
    }
  },
});
