import type { Node, SelectStmt } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { bothWays, comparisonsIn } from "../sql/conditions.ts";
import { shape } from "../sql/expression.ts";
import type { Item, Join, Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { quote, unquote } from "../sql/quote.ts";
import { namesIn } from "../sql/relations.ts";
import { columnsOf, outputsOf } from "../sql/scope.ts";

/** Columns that no two rows of a table have alike, none of them NULL; the primary key first. A parent's key says nothing of the rows of its children. */
export function keysOf({ kind, children, columns, constraints, indexes }: Table): readonly (readonly string[])[] {
  if (kind === "table" && children > 0) return [];
  const late = new Set(constraints.filter(({ deferrable }) => deferrable).map(({ name }) => name));
  const never = new Set(columns.filter(({ notNull, notNullValid }) => notNull && notNullValid).map(({ name }) => name));
  return indexes
    .filter(({ unique, valid, where, name }) => unique && valid && where === undefined && !late.has(name))
    .map((index) => ({ primary: index.primary, names: index.keys.map(unquote) }))
    .filter(({ names }) => names.every((name) => never.has(name)))
    .sort((one, other) => Number(other.primary) - Number(one.primary) || one.names.length - other.names.length)
    .map(({ names }) => names);
}

/** A column of an item, as text that no other column has. */
const idOf = (item: Item<Table>, name: string, level: Level<Table>) => `${level.items.indexOf(item)} ${name}`;

interface Follows {
  readonly from: string | undefined;
  readonly to: string;
}

/** Which columns follow from others, by equalities that every row of the level meets, or NULL by an outer join from the row of its left side. */
function followsOf(level: Level<Table>, query: Query<Table>): readonly Follows[] {
  return [
    ...level.where.flatMap((condition) => equalIn(condition, level, query)),
    ...level.joins.flatMap(({ kind, on, left, right, using }) => {
      if (kind === "full" || kind === "right") return [];
      const isTold = ({ to }: Follows) => kind === "inner" || right.some((item) => to.startsWith(idOf(item, "", level)));
      const pairs = using.flatMap((name) => mergedIn(name, { left, right, level }));
      return [...on.flatMap((condition) => equalIn(condition, level, query)), ...pairs].filter(isTold);
    }),
  ];
}

function equalIn(condition: Node, level: Level<Table>, query: Query<Table>): readonly Follows[] {
  const comparisons = "BoolExpr" in condition ? [] : comparisonsIn(condition).flatMap(bothWays);
  return comparisons.flatMap(({ operator, left, right: [other, another] }): readonly Follows[] => {
    const to = operator === "=" && !another && "ColumnRef" in left ? query.columnOf(left.ColumnRef, level) : undefined;
    if (!to || to.level !== level || !other) return [];
    const from = "ColumnRef" in other ? query.columnOf(other.ColumnRef, level) : undefined;
    if (from?.level === level) return [{ from: idOf(from.item, from.name, level), to: idOf(to.item, to.name, level) }];
    return query.itemsIn(other, level)?.size === 0 ? [{ from: undefined, to: idOf(to.item, to.name, level) }] : [];
  });
}

type Sides = Pick<Join<Table>, "left" | "right"> & { readonly level: Level<Table> };

function mergedIn(name: string, { left, right, level }: Sides): readonly Follows[] {
  const [one, other] = [left, right].map((items) => items.find((item) => columnsOf(item)?.includes(name)));
  if (!one || !other) return [];
  const [from, to] = [idOf(one, name, level), idOf(other, name, level)];
  return [
    { from, to },
    { from: to, to: from },
  ];
}

/** Whether these columns say which row of FROM it is: no two rows that the level's conditions let through have them alike. */
export function determines(columns: readonly { item: Item<Table>; name: string }[], level: Level<Table>, query: Query<Table>): boolean {
  const known = new Set(columns.map(({ item, name }) => idOf(item, name, level)));
  const follows = followsOf(level, query);
  const isFound = (item: Item<Table>) => keysIn(item).some((key) => key.every((name) => known.has(idOf(item, name, level))));
  for (let size = -1; size < known.size; ) {
    size = known.size;
    for (const { from, to } of follows) if (from === undefined || known.has(from)) known.add(to);
    for (const item of level.items.filter(isFound)) for (const { name } of item.table?.columns ?? []) known.add(idOf(item, name, level));
  }
  return level.items.every(isFound);
}

const keysIn = ({ table }: Item<Table>) => (table ? keysOf(table) : []);

/** The key of one item that says which row of FROM it is. */
export function decidingKey(
  level: Level<Table>,
  query: Query<Table>,
): { readonly item: Item<Table>; readonly key: readonly string[] } | undefined {
  for (const item of level.items) {
    if (!item.table || item.nullable || item.renamed.length > 0) continue;
    const key = keysOf(item.table).find((names) =>
      determines(
        names.map((name) => ({ item, name })),
        level,
        query,
      ),
    );
    if (key) return { item, key };
  }
  return undefined;
}

/** Whether the order of a level's rows leaves nothing open, so that LIMIT always takes the same ones. */
export function isTotal(level: Level<Table>, query: Query<Table>): boolean {
  const { select, items } = level;
  if (level.kind !== "select" || !select) return false;
  const order = level.order.flatMap((node) => ("SortBy" in node && node.SortBy.node ? [meantBy(node.SortBy.node, level)] : []));
  const sorted = new Set(order.map(shape));
  const { distinctClause = [] } = select;
  const isPlainDistinct = distinctClause.length > 0 && Object.keys(distinctClause[0] ?? {}).length === 0;
  if (isPlainDistinct) return level.targets.every(({ val }) => val !== undefined && sorted.has(shape(val)));
  if (level.group.length > 0) return level.group.every((node) => sorted.has(shape(meantBy(node, level))));
  if (items.length === 0) return true;
  const columns = order.flatMap((node) => {
    const use = "ColumnRef" in node ? query.columnOf(node.ColumnRef, level) : undefined;
    return use?.level === level && !use.item.nullable ? [{ item: use.item, name: use.name }] : [];
  });
  return determines(columns, level, query);
}

/** ORDER BY and GROUP BY may name a target by its name or number. */
function meantBy(node: Node, level: Level<Table>): Node {
  if ("A_Const" in node && node.A_Const.ival) return level.targets[(node.A_Const.ival.ival ?? 0) - 1]?.val ?? node;
  if (!("ColumnRef" in node)) return node;
  const names = namesIn(node.ColumnRef.fields);
  const target = names.length === 1 ? level.targets.find(({ name }) => name === names[0]) : undefined;
  return target?.val ?? node;
}

/** For each expression of ORDER BY, what a query around this one has to call it; undefined where it is none of the outputs. */
export function orderOfOutputs(level: Level<Table>, query: Query<Table>): readonly string[] | undefined {
  const outputs = outputsOf(level);
  if (!outputs) return undefined;
  const places = level.order.map((node) => {
    if (!("SortBy" in node) || !node.SortBy.node || node.SortBy.sortby_dir === "SORTBY_USING") return undefined;
    const meant = meantBy(node.SortBy.node, level);
    const use = "ColumnRef" in meant ? query.columnOf(meant.ColumnRef, level) : undefined;
    const place = outputs.findIndex(({ from }) => {
      if (!("node" in from)) return use !== undefined && from.item === use.item && from.name === use.name;
      if (shape(from.node) === shape(meant)) return true;
      const other = use && "ColumnRef" in from.node ? query.columnOf(from.node.ColumnRef, level) : undefined;
      return other !== undefined && other.item === use?.item && other.name === use?.name;
    });
    const name = outputs[place]?.name;
    if (name === undefined) return undefined;
    const isPlain = name !== "?column?" && outputs.filter((output) => output.name === name).length === 1;
    return `${isPlain ? quote(name) : place + 1}${directionOf(node.SortBy)}`;
  });
  return places.includes(undefined) ? undefined : places.flatMap((place) => place ?? []);
}

type SortBy = Extract<Node, { SortBy: unknown }>["SortBy"];

function directionOf({ sortby_dir, sortby_nulls }: SortBy): string {
  const direction = sortby_dir === "SORTBY_DESC" ? " desc" : "";
  const nulls = sortby_nulls === "SORTBY_NULLS_FIRST" ? " nulls first" : sortby_nulls === "SORTBY_NULLS_LAST" ? " nulls last" : "";
  return direction + nulls;
}

/** Whether a level gives one row for each of FROM: it neither groups nor counts nor leaves out doubles. */
export const isRowByRow = ({ group, targets, select }: Level<Table>, isGrouping: (name: string) => boolean): boolean =>
  group.length === 0 &&
  select !== undefined &&
  !hasMore(select) &&
  !targets.some(({ val }) => val !== undefined && callsAny(val, isGrouping));

const hasMore = ({ havingClause, distinctClause, windowClause, intoClause, lockingClause, limitOption }: SelectStmt) =>
  havingClause !== undefined ||
  (distinctClause ?? []).length > 0 ||
  (windowClause ?? []).length > 0 ||
  intoClause !== undefined ||
  (lockingClause ?? []).length > 0 ||
  limitOption === "LIMIT_OPTION_WITH_TIES";

function callsAny(node: Node, isGrouping: (name: string) => boolean): boolean {
  return JSON.stringify(node).includes('"over"') || [...namesCalled(node)].some(isGrouping);
}

function* namesCalled(node: unknown): Generator<string> {
  if (typeof node !== "object" || node === null) return;
  if ("FuncCall" in node) yield namesIn((node as Extract<Node, { FuncCall: unknown }>).FuncCall.funcname).at(-1) ?? "";
  // A nested SELECT groups for itself.
  if ("SubLink" in node) return;
  for (const child of Object.values(node)) yield* namesCalled(child);
}
