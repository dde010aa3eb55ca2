import type { CommonTableExpr, DeleteStmt, InsertStmt, MergeStmt, Node, ResTarget, SelectStmt, UpdateStmt, WithClause } from "@pgsql/types";
import { conjunctsOf, type Level, type Place, type TableShape } from "./level.ts";
import type { Statement } from "./parse.ts";
import { type Cte, type Here, type Open, type Reading, readFrom, relationItem } from "./read-from.ts";
import { namesIn, type RelationRef } from "./relations.ts";
import { walkExpression } from "./walk.ts";

export interface Levels<Table extends TableShape> {
  /** The outermost first, each before what is nested in it. */
  readonly levels: readonly Level<Table>[];
  /** The level of a subquery in an expression, by its SelectStmt. */
  readonly bySelect: ReadonlyMap<SelectStmt, Level<Table>>;
}

export function readLevels<Table extends TableShape>(statement: Statement, find: (ref: RelationRef) => Table | undefined): Levels<Table> {
  const levels: Level<Table>[] = [];
  const bySelect = new Map<SelectStmt, Level<Table>>();
  const reading: Reading<Table> = { source: statement.source, levels, bySelect, find, readStatement };
  readStatement(statement.tree, { reading, place: "top", outer: undefined, ctes: new Map() });
  return { levels, bySelect };
}

function readStatement<Table extends TableShape>(node: Node, here: Here<Table>): Level<Table> | undefined {
  if ("SelectStmt" in node) return readSelect(node.SelectStmt, here);
  if ("InsertStmt" in node) return readInsert(node, node.InsertStmt, here);
  if ("UpdateStmt" in node) return readUpdate(node, node.UpdateStmt, here);
  if ("DeleteStmt" in node) return readDelete(node, node.DeleteStmt, here);
  if ("MergeStmt" in node) return readMerge(node, node.MergeStmt, here);
  const inner = innerStatement(node);
  return inner && readStatement(inner, here);
}

/** The query inside EXPLAIN, CREATE TABLE AS, CREATE VIEW, PREPARE, DECLARE CURSOR, COPY. */
function innerStatement(node: Node): Node | undefined {
  const [statement] = Object.values(node) as { query?: Node }[];
  return statement?.query;
}

function readSelect<Table extends TableShape>(select: SelectStmt, here: Here<Table>): Level<Table> {
  const { larg, rarg } = select;
  const level = open(here, {
    kind: larg && rarg ? "set" : "select",
    node: { SelectStmt: select },
    where: conjunctsOf(select.whereClause),
    targets: targetsOf(select.targetList),
    group: select.groupClause ?? [],
    order: select.sortClause ?? [],
    limit: select.limitCount,
    offset: select.limitOffset,
    select,
    expressions: expressionsOf(select),
  });
  here.reading.bySelect.set(select, level);
  const inside = readWith(select.withClause, here);
  if (larg && rarg) level.branches = [larg, rarg].map((branch) => readSelect(branch, { ...inside, place: "branch" }));
  return close(level, select.fromClause ?? [], inside);
}

function readInsert<Table extends TableShape>(node: Node, insert: InsertStmt, here: Here<Table>): Level<Table> {
  const { onConflictClause: conflict, selectStmt } = insert;
  const returned = insert.returningClause?.exprs ?? [];
  const where = conjunctsOf(conflict?.whereClause);
  const level = open(here, {
    ...noSelect,
    kind: "insert",
    node,
    where,
    targets: targetsOf(returned),
    expressions: [...returned, ...(conflict?.targetList ?? []), ...where],
  });
  const inside = readWith(insert.withClause, here);
  if (insert.relation) level.items.push(relationItem(insert.relation, true, inside));
  if (selectStmt && "SelectStmt" in selectStmt) readSelect(selectStmt.SelectStmt, { ...inside, place: "insert" });
  return close(level, [], inside);
}

function readUpdate<Table extends TableShape>(node: Node, update: UpdateStmt, here: Here<Table>): Level<Table> {
  const returned = update.returningClause?.exprs ?? [];
  const where = conjunctsOf(update.whereClause);
  const level = open(here, {
    ...noSelect,
    kind: "update",
    node,
    where,
    targets: targetsOf(returned),
    expressions: [...(update.targetList ?? []), ...where, ...returned],
  });
  const inside = readWith(update.withClause, here);
  if (update.relation) level.items.push(relationItem(update.relation, true, inside));
  return close(level, update.fromClause ?? [], inside);
}

function readDelete<Table extends TableShape>(node: Node, remove: DeleteStmt, here: Here<Table>): Level<Table> {
  const returned = remove.returningClause?.exprs ?? [];
  const where = conjunctsOf(remove.whereClause);
  const level = open(here, {
    ...noSelect,
    kind: "delete",
    node,
    where,
    targets: targetsOf(returned),
    expressions: [...where, ...returned],
  });
  const inside = readWith(remove.withClause, here);
  if (remove.relation) level.items.push(relationItem(remove.relation, true, inside));
  return close(level, remove.usingClause ?? [], inside);
}

function readMerge<Table extends TableShape>(node: Node, merge: MergeStmt, here: Here<Table>): Level<Table> {
  const returned = merge.returningClause?.exprs ?? [];
  const where = conjunctsOf(merge.joinCondition);
  const level = open(here, {
    ...noSelect,
    kind: "merge",
    node,
    where,
    targets: targetsOf(returned),
    expressions: [...where, ...(merge.mergeWhenClauses ?? []), ...returned],
  });
  const inside = readWith(merge.withClause, here);
  if (merge.relation) level.items.push(relationItem(merge.relation, true, inside));
  return close(level, merge.sourceRelation ? [merge.sourceRelation] : [], inside);
}

const noSelect = { group: [], order: [], limit: undefined, offset: undefined, select: undefined };

type Read = "items" | "joins" | "branches" | "place" | "outer";

function open<Table extends TableShape>({ reading, place, outer }: Here<Table>, parts: Omit<Level<Table>, Read>): Open<Table> {
  const level = { ...parts, place, outer, items: [], joins: [], branches: [] };
  reading.levels.push(level);
  return level;
}

const places: Readonly<Record<string, Place>> = { EXISTS_SUBLINK: "exists", ANY_SUBLINK: "in", ALL_SUBLINK: "in" };

/** FROM first, because it says what the names in the expressions mean. */
function close<Table extends TableShape>(level: Open<Table>, from: readonly Node[], here: Here<Table>): Level<Table> {
  for (const node of from) readFrom(node, level, here);
  const functions = level.items.filter(({ kind }) => kind === "function").map(({ node }) => node);
  level.expressions = [...level.expressions, ...functions, ...level.joins.flatMap(({ on }) => on)];
  for (const { kind, node } of walkExpression(level.expressions)) {
    if (kind !== "SubLink" || !node.subselect || !("SelectStmt" in node.subselect)) continue;
    readSelect(node.subselect.SelectStmt, { ...here, place: places[node.subLinkType ?? ""] ?? "scalar", outer: level });
  }
  return level;
}

/** A WITH query sees those before it, and with RECURSIVE all of its list. */
function readWith<Table extends TableShape>(clause: WithClause | undefined, here: Here<Table>): Here<Table> {
  const ctes = new Map(here.ctes);
  const listed = (clause?.ctes ?? []).flatMap((node) => ("CommonTableExpr" in node ? [newCte<Table>(node.CommonTableExpr)] : []));
  if (clause?.recursive) for (const { name, cte } of listed) ctes.set(name, cte);
  for (const { name, cte, query } of listed) {
    cte.level = query && readStatement(query, { ...here, place: "cte", ctes: new Map(ctes) });
    ctes.set(name, cte);
  }
  return { ...here, ctes };
}

function newCte<Table extends TableShape>({ ctename: name = "", aliascolnames, ctequery: query }: CommonTableExpr) {
  const cte: Cte<Table> = { level: undefined, columns: namesIn(aliascolnames) };
  return { name, cte, query };
}

const targetsOf = (nodes: readonly Node[] = []): readonly ResTarget[] =>
  nodes.flatMap((node) => ("ResTarget" in node ? [node.ResTarget] : []));

function expressionsOf(select: SelectStmt): readonly Node[] {
  const { targetList = [], groupClause = [], sortClause = [], windowClause = [], distinctClause = [], valuesLists = [] } = select;
  const single = [select.whereClause, select.havingClause, select.limitCount, select.limitOffset].flatMap((node) => node ?? []);
  // A plain DISTINCT is a list with one empty node.
  const distinct = distinctClause.filter((node) => Object.keys(node).length > 0);
  return [...targetList, ...single, ...groupClause, ...sortClause, ...windowClause, ...distinct, ...valuesLists];
}
