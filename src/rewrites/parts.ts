import type { ColumnRef, Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { type Clauses, clausesOf } from "../sql/clauses.ts";
import { replaceAll } from "../sql/expression.ts";
import type { Item, Join, Level } from "../sql/level.ts";
import { canBeNull } from "../sql/nulls.ts";
import type { Query } from "../sql/query.ts";
import { quote } from "../sql/quote.ts";
import { endOfName } from "../sql/relations.ts";
import type { Use } from "../sql/scope.ts";
import { walkExpression } from "../sql/walk.ts";

export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** A stretch that is written anew. */
export interface Edit extends Stretch {
  readonly by: string;
}

/** The caller's own words for a node. */
export function wordsOf(node: Node | undefined, query: Query<Table>): string | undefined {
  const span = node && query.spanOf(node);
  return span && query.textOf(span);
}

/** The statement with some stretches written anew. */
export const rewritten = ({ statement }: Query<Table>, edits: readonly Edit[]): string => replaceAll(statement.source, statement, edits);

/** Every `*` with the names of the items that it is of, so that FROM may get another; undefined where a join merges columns. */
export function spelledOut({ targets, items, joins }: Level<Table>, { statement }: Query<Table>): readonly Edit[] | undefined {
  const stars = targets.flatMap(({ val }) =>
    val && "ColumnRef" in val && isStar(val.ColumnRef) && val.ColumnRef.fields?.length === 1 ? [val.ColumnRef] : [],
  );
  const isMerging = joins.some(({ natural, using }) => natural || using.length > 0);
  if (stars.length > 0 && (isMerging || items.some(({ name }) => name === ""))) return undefined;
  const by = items.map(({ name }) => `${quote(name)}.*`).join(", ");
  return stars.map(({ location: start = 0 }) => ({ start, end: endOfStar(statement.source, start), by }));
}

const endOfStar = (source: string, start: number) => source.indexOf("*", start) + 1;

/** Whether an expression is NULL in no row that the level lets through. Not by a NOT NULL that older rows need not meet, nor by a join within what another may fill with NULL. */
export function isNeverNull(node: Node, level: Level<Table>, query: Query<Table>): boolean {
  const kept = { ...level, joins: level.joins.filter((join) => join.kind !== "inner" || !isUnderOuterJoin(join, level)) };
  const isOld = (use: Use<Table> | undefined) => use?.column?.notNull === true && !use.column.notNullValid;
  return canBeNull(node, kept) === false && !usesOf(node, level, query).some(isOld);
}

/** Whether an outer join may fill with NULL, or leave out, all that another join gives. */
export const isUnderOuterJoin = ({ left, right }: Join<Table>, { joins }: Level<Table>): boolean =>
  joins.some((outer) => [...left, ...right].every((item) => filledBy(outer).includes(item)));

function filledBy({ kind, left, right }: Join<Table>): readonly Item<Table>[] {
  if (kind === "full") return [...left, ...right];
  return kind === "left" ? right : kind === "right" ? left : [];
}

/** A subquery of FROM and WHERE alone, so that a condition can be added to it; with what stands in both. */
export function plainSelect(
  level: Level<Table>,
  { statement }: Query<Table>,
): { readonly clauses: Clauses; readonly from: string; readonly where: string | undefined } | undefined {
  const { select, limit, offset } = level;
  const isPlain = level.group.length === 0 && !limit && !offset && !select?.havingClause && !select?.withClause;
  const clauses = isPlain ? clausesOf(level, statement) : undefined;
  if (!clauses?.from) return undefined;
  const text = ({ start, end }: Stretch) => statement.source.slice(start, end);
  return { clauses, from: text(clauses.from), where: clauses.where && text(clauses.where) };
}

/** `where`, with one more condition that must hold. */
export const whereWith = (where: string | undefined, more: readonly string[]): string => {
  const all = [...(where === undefined ? [] : [more.length > 0 ? `(${where})` : where]), ...more];
  return all.length === 0 ? "" : ` where ${all.join(" and ")}`;
};

/** Every column that an expression reads, in subqueries too; undefined for one that cannot be placed. */
function usesOf(expression: unknown, level: Level<Table>, query: Query<Table>): readonly (Use<Table> | undefined)[] {
  return [...walkExpression(expression)].flatMap(({ kind, node }) => {
    if (kind === "ColumnRef") return isStar(node) ? [] : [query.columnOf(node, level)];
    const below = kind === "SubLink" ? query.levelOf(node.subselect) : undefined;
    return below ? usesBelow(below, query) : [];
  });
}

const usesBelow = (level: Level<Table>, query: Query<Table>): readonly (Use<Table> | undefined)[] => [
  ...usesOf(level.expressions, level, query),
  ...level.branches.flatMap((branch) => usesBelow(branch, query)),
  ...level.items.flatMap(({ body, kind }) => (body && kind === "subquery" ? usesBelow(body, query) : [])),
];

const isStar = ({ fields = [] }: ColumnRef) => fields.some((field) => "A_Star" in field);

/** Whether an expression reads columns, all of them known, and only of one level; undefined where it reads none. */
export function readsOnly(expression: unknown, of: Level<Table>, from: Level<Table>, query: Query<Table>): boolean | undefined {
  const uses = usesOf(expression, from, query).filter((use) => !use || !isBelow(use.level, from));
  return uses.length === 0 ? undefined : uses.every((use) => use?.level === of);
}

/** Whether a level is nested in another. */
function isBelow(level: Level<Table>, other: Level<Table>): boolean {
  for (let at = level.outer; at; at = at.outer) if (at === other) return true;
  return false;
}

/**
 * The words for an expression of `level`, to stand in `inside`: each column with the name of its table, so that none of that
 * query's own columns is meant. Undefined where one of its tables is called the same, and for what is more than columns and calls.
 */
export function wordsInside(
  node: Node,
  { level, inside, query }: { level: Level<Table>; inside: Level<Table>; query: Query<Table> },
): string | undefined {
  const span = query.spanOf(node);
  if (!span) return undefined;
  const edits: (Stretch & { by: string })[] = [];
  for (const { kind, node: inner } of walkExpression(node)) {
    if (kind === "SubLink") return undefined;
    if (kind !== "ColumnRef") continue;
    const use = query.columnOf(inner, level);
    const start = inner.location ?? 0;
    if (!use || use.level !== level || inside.items.some(({ name }) => name === use.item.name)) return undefined;
    const shown = use.item.renamed[(use.table?.columns ?? []).findIndex(({ name }) => name === use.name)] ?? use.name;
    edits.push({ start, end: endOfName(query.statement.source, start), by: `${quote(use.item.name)}.${quote(shown)}` });
  }
  return replaceAll(query.statement.source, span, edits);
}
