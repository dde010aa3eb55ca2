import type { Node } from "@pgsql/types";
import { hasAggregate } from "./aggregates.ts";
import { cutOf } from "./cut.ts";
import { isKey, shape } from "./expression.ts";
import { columnNode, columnsIn, type Follows, followsOf, idOf } from "./follows.ts";
import type { ColumnShape, Item, Level, TableShape } from "./level.ts";
import { canBeNull, strictFunctions } from "./nulls.ts";
import { parseExpression } from "./parse.ts";
import type { Query } from "./query.ts";
import { unquote } from "./quote.ts";
import { namesIn } from "./relations.ts";
import { columnsOf, outputsOf } from "./scope.ts";
import { isSteady } from "./volatile.ts";
import { walkExpression } from "./walk.ts";

/** A table of which it is known what Postgres keeps unique. */
export interface KeyedTable extends TableShape {
  readonly kind: string;
  readonly children: number;
  readonly columns: readonly (ColumnShape & { readonly notNullValid: boolean; readonly collation?: string | undefined })[];
  readonly constraints: readonly { readonly name: string; readonly deferrable: boolean }[];
  readonly indexes: readonly UniqueIndex[];
}

interface UniqueIndex {
  readonly name: string;
  readonly keys: readonly string[];
  readonly valid: boolean;
  readonly unique: boolean;
  readonly primary: boolean;
  readonly where: string | undefined;
  readonly definition: string;
}

/** Indexes that keep rows apart at all times, the primary key first. A parent's say nothing of the rows of its children. */
export function uniqueIndexesOf({ kind, children, columns, constraints, indexes }: KeyedTable): readonly UniqueIndex[] {
  if (kind === "table" && children > 0) return [];
  const late = new Set(constraints.filter(({ deferrable }) => deferrable).map(({ name }) => name));
  const ownEquality = new Set(columns.filter(({ collation }) => collation !== undefined).map(({ name }) => name));
  // What is equal by the column's collation may differ by that of the index.
  const isTooFine = ({ keys, definition }: UniqueIndex) =>
    / COLLATE /.test(definition) && keys.some((key) => ownEquality.has(unquote(key)));
  return indexes
    .filter((index) => index.unique && index.valid && !late.has(index.name) && !isTooFine(index))
    .sort((one, other) => Number(other.primary) - Number(one.primary) || one.keys.length - other.keys.length);
}

/** Whether the catalog says which rows of an item can be alike: of a view or a foreign table it does not. */
export const knowsKeys = ({ table }: Item<KeyedTable>): boolean =>
  table !== undefined && /^(?:partitioned |materialized view|table)/.test(table.kind) && !(table.kind === "table" && table.children > 0);

interface Here<Table extends KeyedTable> {
  readonly level: Level<Table>;
  readonly query: Query<Table>;
  readonly follows: readonly Follows<Table>[];
  /** Ids of the columns that two rows have alike. */
  readonly known: Set<string>;
  /** What else they have alike. */
  readonly nodes: readonly Node[];
}

/** What can be said of two rows of FROM that have these expressions alike. */
function rowsWith<Table extends KeyedTable>(nodes: readonly Node[], level: Level<Table>, query: Query<Table>): Here<Table> {
  const known = new Set(nodes.flatMap((node) => ("ColumnRef" in node ? (columnsIn(node, level, query) ?? []) : [])));
  const here = { level, query, follows: followsOf(level, query), known, nodes };
  for (let size = -1; size < known.size; ) {
    size = known.size;
    const told = here.follows.filter((each) => holds(each, here)).flatMap(({ id }) => id ?? []);
    const found = level.items.filter((item) => isFound(item, here)).flatMap((item) => idsOf(item, level));
    for (const id of [...told, ...found]) known.add(id);
  }
  return here;
}

const holds = <Table extends KeyedTable>({ from, after }: Follows<Table>, here: Here<Table>): boolean =>
  from.every((id) => here.known.has(id)) && after.every((item) => isFound(item, here));

const idsOf = <Table extends KeyedTable>(item: Item<Table>, level: Level<Table>): readonly string[] =>
  (item.table?.columns.map(({ name }) => name) ?? columnsOf(item) ?? []).map((name) => idOf(item, name, level));

/** Items of FROM of which two rows that have these expressions alike may still have different rows. */
export const openItems = <Table extends KeyedTable>(
  nodes: readonly Node[],
  level: Level<Table>,
  query: Query<Table>,
): readonly Item<Table>[] => {
  const here = rowsWith(nodes, level, query);
  return level.items.filter((item) => !isFound(item, here));
};

function isFound<Table extends KeyedTable>(item: Item<Table>, here: Here<Table>): boolean {
  const { items } = here.level;
  if (item.table) return uniqueIndexesOf(item.table).some((index) => isMet(index, item, here));
  // What LATERAL gives is one thing for one row of the items before it.
  if (!item.body || (item.lateral && !items.slice(0, items.indexOf(item)).every((before) => isFound(before, here)))) return false;
  return isFoundIn(item.body, item, here);
}

function isMet<Table extends KeyedTable>({ keys, where, definition }: UniqueIndex, item: Item<Table>, here: Here<Table>): boolean {
  const { level, query } = here;
  const isAlone = (node: Node) => query.itemsIn(node, level)?.has(item) === true;
  if (where !== undefined && !level.where.some((condition) => isAlone(condition) && isKey(condition, where))) return false;
  const nullsAlike = / NULLS NOT DISTINCT/.test(definition);
  return keys.every((key) => {
    const column = item.table?.columns.find(({ name }) => name === unquote(key));
    if (!column) return isExpressionKnown(key, item, here);
    return here.known.has(idOf(item, column.name, level)) && (nullsAlike || isNeverNull(column.name, item, here));
  });
}

/** A key such as `lower(email)`: what it is computed from is one row's if it is equated or asked for itself. */
function isExpressionKnown<Table extends KeyedTable>(key: string, item: Item<Table>, here: Here<Table>): boolean {
  const { level, query, follows, nodes } = here;
  const isOf = (node: Node) => query.itemsIn(node, level)?.has(item) === true && isKey(node, key);
  const equated = follows.some((each) => isOf(each.node) && holds(each, here));
  return equated || (nodes.some(isOf) && columnsNamed(key).every((name) => isNeverNull(name, item, here)));
}

const columnsNamed = (key: string): readonly string[] =>
  [...walkExpression(parseExpression(key))].flatMap(({ kind, node }) => (kind === "ColumnRef" ? namesIn(node.fields).slice(-1) : []));

function isNeverNull<Table extends KeyedTable>(name: string, item: Item<Table>, { level, follows }: Here<Table>): boolean {
  const column = item.table?.columns.find((each) => each.name === name);
  const id = idOf(item, name, level);
  if ((column?.notNull && column.notNullValid) || follows.some((told) => told.id === id)) return true;
  return item.renamed.length === 0 && canBeNull(columnNode(item, name), level) === false;
}

/** Queries that are being asked: a recursive one asks for itself. */
const asking = new Set<Level<TableShape>>();

function isFoundIn<Table extends KeyedTable>(body: Level<Table>, item: Item<Table>, { level, query, known }: Here<Table>): boolean {
  const names = columnsOf(item);
  if (asking.has(body)) return false;
  asking.add(body);
  try {
    if (isOne(body)) return true;
    const alike = names?.map((name) => known.has(idOf(item, name, level))) ?? [];
    if (body.kind === "set") return body.select?.all !== true && alike.length > 0 && !alike.includes(false);
    return tellsApart(outputNodes(body)?.filter((_, position) => alike[position]) ?? [], body, query);
  } finally {
    asking.delete(body);
  }
}

/** What a query's columns are computed from; undefined where they are not known. */
export const outputNodes = <Table extends TableShape>(level: Level<Table>): readonly Node[] | undefined =>
  outputsOf(level)?.map(({ from }) => ("node" in from ? from.node : columnNode(from.item, from.name)));

function isAlikeIn<Table extends KeyedTable>(node: Node, { level, query, known, nodes }: Here<Table>): boolean {
  if (nodes.some((other) => shape(other) === shape(node))) return true;
  return !hasAggregate(node) && (columnsIn(node, level, query)?.every((id) => known.has(id)) ?? false);
}

/** Whether all rows of a query's result are alike, as those of an existence probe are. */
export function hasOnlyDoubles<Table extends KeyedTable>(level: Level<Table>, query: Query<Table>): boolean {
  const here = rowsWith([], level, query);
  return level.kind === "select" && !multiplies(level) && (outputNodes(level)?.every((node) => isAlikeIn(node, here)) ?? false);
}

/**
 * Whether two rows of a query's result that have these expressions alike are the same row: they hold a key, or all that it
 * groups by, or all that DISTINCT compares. With no expressions: whether it gives at most one row. LIMIT is
 * not looked at. False where nobody knows.
 */
export function tellsApart<Table extends KeyedTable>(nodes: readonly Node[], level: Level<Table>, query: Query<Table>): boolean {
  const here = rowsWith(nodes, level, query);
  const compared = isDistinct(level) ? outputNodes(level) : distinctOn(level);
  if (!multiplies(level) && compared?.every((node) => isAlikeIn(node, here))) return true;
  return tellsRowsApart(here);
}

/** The same before DISTINCT has left doubles out. */
function tellsRowsApart<Table extends KeyedTable>(here: Here<Table>): boolean {
  const { level, query } = here;
  const { kind, group, items, select } = level;
  if (!["select", "update", "delete"].includes(kind) || (select?.valuesLists?.length ?? 0) > 1 || multiplies(level)) return false;
  if (group.length > 0) return !isGroupedTwice(level) && groupsOf(level, query).every((node) => isAlikeIn(node, here));
  return isAggregated(level) || items.every((item) => isFound(item, here));
}

/** Whether ORDER BY leaves nothing open: which rows LIMIT takes, and which of its group DISTINCT ON. */
export function isTotallyOrdered<Table extends KeyedTable>(level: Level<Table>, query: Query<Table>): boolean {
  const here = rowsWith(sortedBy(level), level, query);
  const isPlainDistinct = isDistinct(level) && !multiplies(level);
  if (isPlainDistinct && outputNodes(level)?.every((node) => isAlikeIn(node, here))) return true;
  return level.kind === "select" && tellsRowsApart(here);
}

/** Whether DISTINCT has nothing to leave out. */
export function isDistinctAnyway<Table extends KeyedTable>(level: Level<Table>, query: Query<Table>): boolean {
  const nodes = outputNodes(level);
  return nodes !== undefined && tellsRowsApart(rowsWith(nodes, level, query));
}

/** Functions of Postgres's own that give several rows for one (`proretset` in pg_proc). */
const setReturning = new Set(
  `
  generate_series generate_subscripts json_array_elements json_array_elements_text json_each json_each_text json_object_keys
  json_populate_recordset json_to_recordset jsonb_array_elements jsonb_array_elements_text jsonb_each jsonb_each_text
  jsonb_object_keys jsonb_path_query jsonb_path_query_tz jsonb_populate_recordset jsonb_to_recordset regexp_matches
  regexp_split_to_table string_to_table unnest
`
    .trim()
    .split(/\s+/),
);

/** Whether a function among the columns of a SELECT gives several rows for each of FROM. */
export const multiplies = ({ targets }: Level<TableShape>): boolean =>
  [...walkExpression(targets)].some(({ kind, node }) => kind === "FuncCall" && setReturning.has(namesIn(node.funcname).at(-1) ?? ""));

/** People's own functions may give several rows too. */
const callsUnknown = ({ targets }: Level<TableShape>): boolean =>
  [...walkExpression(targets)].some(({ kind, node }) => {
    const names = kind === "FuncCall" && !node.over && !hasAggregate({ FuncCall: node }) ? namesIn(node.funcname) : undefined;
    return names !== undefined && !isSteady(names) && !strictFunctions.has(names.at(-1) ?? "");
  });

/** Whether no two rows of a query's result are alike. */
export function hasDistinctRows<Table extends KeyedTable>(level: Level<Table>, query: Query<Table>): boolean {
  const nodes = outputNodes(level);
  return nodes !== undefined && !callsUnknown(level) && tellsApart(nodes, level, query);
}

/** A SELECT that aggregates all its rows into one. */
export const isAggregated = ({ group, targets, select }: Level<TableShape>): boolean =>
  group.length === 0 && (select?.havingClause !== undefined || hasAggregate(targets.map((target) => target.val)));

/** GROUPING SETS, ROLLUP and CUBE group the same rows several times. */
export const isGroupedTwice = ({ group }: Level<TableShape>): boolean => group.some((node) => "GroupingSet" in node);

/** The expressions of DISTINCT ON. */
export function distinctOn<Table extends TableShape>(level: Level<Table>): readonly Node[] | undefined {
  const expressions = (level.select?.distinctClause ?? []).filter((node) => Object.keys(node).length > 0);
  return expressions.length > 0 ? expressions.map((node) => outputMeant(node, level)) : undefined;
}

/** SELECT DISTINCT, without ON. */
export const isDistinct = (level: Level<TableShape>): boolean =>
  (level.select?.distinctClause ?? []).length > 0 && distinctOn(level) === undefined;

/** The expressions that ORDER BY sorts by. */
export const sortedBy = <Table extends TableShape>(level: Level<Table>): readonly Node[] =>
  level.order.flatMap((node) => ("SortBy" in node && node.SortBy.node ? [outputMeant(node.SortBy.node, level)] : []));

/** The expressions that GROUP BY names. A name is a column of FROM before it is one of the result. */
export const groupsOf = <Table extends TableShape>(level: Level<Table>, query: Query<Table>): readonly Node[] =>
  level.group.map((node) => {
    const use = "ColumnRef" in node ? query.columnOf(node.ColumnRef, level) : undefined;
    return use?.level === level ? node : outputMeant(node, level);
  });

/** ORDER BY and its like may name a column of the result by its name or number. */
function outputMeant(node: Node, { targets }: Level<TableShape>): Node {
  if ("A_Const" in node && node.A_Const.ival) return targets[(node.A_Const.ival.ival ?? 0) - 1]?.val ?? node;
  const names = "ColumnRef" in node ? namesIn(node.ColumnRef.fields) : [];
  const target = names.length === 1 ? targets.find(({ name }) => name === names[0]) : undefined;
  return target?.val ?? node;
}

/** LIMIT 1, without ties. */
const isOne = (level: Level<TableShape>) => cutOf(level)?.rows === 1 && level.select?.limitOption !== "LIMIT_OPTION_WITH_TIES";
