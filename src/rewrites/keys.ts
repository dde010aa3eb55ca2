import type { Node, SelectStmt } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { shape } from "../sql/expression.ts";
import { columnNode } from "../sql/follows.ts";
import type { Item, Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { quote, unquote } from "../sql/quote.ts";
import { namesIn } from "../sql/relations.ts";
import { outputsOf } from "../sql/scope.ts";
import { openItems, sortedBy, uniqueIndexesOf } from "../sql/unique.ts";
import { walkExpression } from "../sql/walk.ts";
import type { Calls } from "./rewrite.ts";

/** Columns that no two rows of a table have alike, none of them NULL; the primary key first. A parent's key says nothing of the rows of its children. */
export function keysOf(table: Table): readonly (readonly string[])[] {
  const never = new Set(table.columns.filter(({ notNull, notNullValid }) => notNull && notNullValid).map(({ name }) => name));
  return uniqueIndexesOf(table)
    .filter(({ where }) => where === undefined)
    .map(({ keys }) => keys.map(unquote))
    .filter((names) => names.every((name) => never.has(name)));
}

/** The key of one item that says which row of FROM it is. */
export function decidingKey(
  level: Level<Table>,
  query: Query<Table>,
): { readonly item: Item<Table>; readonly key: readonly string[] } | undefined {
  for (const item of level.items) {
    if (!item.table || item.nullable || item.renamed.length > 0) continue;
    const nodesOf = (names: readonly string[]) => names.map((name) => columnNode(item, name));
    const key = keysOf(item.table).find((names) => openItems(nodesOf(names), level, query).length === 0);
    if (key) return { item, key };
  }
  return undefined;
}

/** For each expression of ORDER BY, what a query around this one has to call it; undefined where it is none of the outputs. */
export function orderOfOutputs(level: Level<Table>, query: Query<Table>): readonly string[] | undefined {
  const outputs = outputsOf(level);
  if (!outputs) return undefined;
  const places = sortedBy(level).map((meant, at) => {
    const node = level.order[at];
    if (!node || !("SortBy" in node) || node.SortBy.sortby_dir === "SORTBY_USING") return undefined;
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
export const isRowByRow = ({ group, targets, select }: Level<Table>, { aggregates, setReturning }: Calls): boolean =>
  group.length === 0 &&
  select !== undefined &&
  !hasMore(select) &&
  !targets.some(({ val }) => callsAny(val, (name) => aggregates.has(name) || setReturning.has(name)));

const hasMore = ({ havingClause, distinctClause, windowClause, intoClause, lockingClause, limitOption }: SelectStmt) =>
  havingClause !== undefined ||
  (distinctClause ?? []).length > 0 ||
  (windowClause ?? []).length > 0 ||
  intoClause !== undefined ||
  (lockingClause ?? []).length > 0 ||
  limitOption === "LIMIT_OPTION_WITH_TIES";

/** Whether an expression calls a window function or one of these. A nested SELECT groups for itself. */
export const callsAny = (node: Node | undefined, isMeant: (name: string) => boolean): boolean =>
  [...walkExpression(node)].some(
    ({ kind, node: call }) => kind === "FuncCall" && (call.over !== undefined || isMeant(namesIn(call.funcname).at(-1) ?? "")),
  );
