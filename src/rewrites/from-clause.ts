import type { JoinExpr, Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { clausesOf } from "../sql/clauses.ts";
import type { Item, Join, Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { namesIn } from "../sql/relations.ts";
import { groupsOf, sortedBy } from "../sql/unique.ts";
import { walkExpression } from "../sql/walk.ts";
import type { Edit, Stretch } from "./parts.ts";

/** What leaves an item out of FROM, with the ON of its join; undefined where another join would be left without a side. */
export function withoutItem(item: Item<Table>, level: Level<Table>, query: Query<Table>): readonly Edit[] | undefined {
  const list = level.select?.fromClause ?? [];
  const place = list.findIndex((node) => isItem(node, item));
  if (place >= 0) return withoutEntry(list, place, query);
  const join = list.flatMap((node) => joinOf(node, item) ?? [])[0];
  const [whole, left, right] = [join && { JoinExpr: join }, join?.larg, join?.rarg].map((node) => node && query.spanOf(node));
  if (!join || !whole || !left || !right) return undefined;
  const isLeft = isItem(join.larg, item);
  return isLeft ? cut(whole.start, right.start).concat(cut(right.end, whole.end)) : cut(left.end, whole.end);
}

function withoutEntry(list: readonly Node[], place: number, query: Query<Table>): readonly Edit[] | undefined {
  const [before, entry, after] = [list[place - 1], list[place], list[place + 1]].map((node) => node && query.spanOf(node));
  if (!entry) return undefined;
  if (before) return cut(before.end, entry.end);
  return after && cut(entry.start, after.start);
}

const cut = (start: number, end: number): Edit[] => [{ start, end, by: "" }];

/** The tree of an item is the one that FROM has, but not always the same object around it. */
const isItem = (node: Node | undefined, item: Item<Table>) => node !== undefined && Object.values(node)[0] === Object.values(item.node)[0];

/** The join that has the item alone on one of its sides. */
function joinOf(node: Node | undefined, item: Item<Table>): JoinExpr | undefined {
  if (!node || !("JoinExpr" in node)) return undefined;
  const { larg, rarg } = node.JoinExpr;
  if (isItem(larg, item) || isItem(rarg, item)) return node.JoinExpr;
  return joinOf(larg, item) ?? joinOf(rarg, item);
}

/** The join that an item is one side of, alone. */
export const ownJoin = (item: Item<Table>, { joins }: Level<Table>): Join<Table> | undefined =>
  joins.find(({ left, right }) => [left, right].some((side) => side.length === 1 && side[0] === item));

/** Whether anything of a level but these expressions speaks of an item, or may. */
export function isSpokenOf(item: Item<Table>, level: Level<Table>, query: Query<Table>, besides: readonly Node[]): boolean {
  const { items, joins } = level;
  if (items.some(({ lateral, kind }) => lateral && kind !== "function")) return true;
  if (joins.some(({ natural, using, left, right }) => (natural || using.length > 0) && [...left, ...right].includes(item))) return true;
  const expressions = expressionsOf(level, query).filter((node) => !besides.includes(node));
  return (
    expressions.some((node) => query.itemsIn(node, level)?.has(item) ?? true) ||
    starsIn(expressions).some(([of]) => of === undefined || of === item.name)
  );
}

function expressionsOf(level: Level<Table>, query: Query<Table>): readonly Node[] {
  const { targets, where, joins, items, select } = level;
  const { havingClause, windowClause = [], distinctClause = [] } = select ?? {};
  return [
    ...targets.flatMap(({ val }) => val ?? []),
    ...where,
    ...joins.flatMap(({ on }) => on),
    ...groupsOf(level, query),
    ...sortedBy(level),
    ...(havingClause ? [havingClause] : []),
    ...windowClause,
    ...distinctClause.filter((node) => Object.keys(node).length > 0),
    ...items.flatMap(({ kind, node }) => (kind === "function" ? [node] : [])),
  ];
}

/** What stands before each star; nothing before a bare one. */
const starsIn = (nodes: readonly Node[]): readonly (readonly string[])[] =>
  [...walkExpression(nodes)].flatMap(({ kind, node }) => {
    const { fields = [] } = kind === "ColumnRef" ? node : {};
    return fields.some((field) => "A_Star" in field) ? [namesIn(fields.slice(-2, -1))] : [];
  });

/** What adds conditions to a level's WHERE, or makes one. */
export function whereAnd(level: Level<Table>, query: Query<Table>, conditions: readonly string[]): readonly Edit[] | undefined {
  if (conditions.length === 0) return [];
  const { from, where } = clausesOf(level, query.statement) ?? {};
  const more = conditions.join(" and ");
  if (!from) return undefined;
  return where ? around(where, "(", `) and ${more}`) : after(from, ` where ${more}`);
}

const after = ({ end }: Stretch, by: string): Edit[] => [{ start: end, end, by }];
const around = (stretch: Stretch, before: string, behind: string): Edit[] => [
  { start: stretch.start, end: stretch.start, by: before },
  ...after(stretch, behind),
];
