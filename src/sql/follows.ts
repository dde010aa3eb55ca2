import type { A_Expr, Node } from "@pgsql/types";
import type { Item, Join, Level, TableShape } from "./level.ts";
import type { Query } from "./query.ts";
import { namesIn } from "./relations.ts";
import { columnsOf } from "./scope.ts";
import { isVolatile } from "./volatile.ts";
import { walkExpression } from "./walk.ts";

/** A column of an item of a level, as text that no other column of the level has. */
export const idOf = <Table extends TableShape>(item: Item<Table>, name: string, { items }: Level<Table>): string =>
  `${items.indexOf(item)} ${name}`;

/** Two rows of a level that have all of `from` alike have `node` alike too, which is not NULL unless the whole item is. */
export interface Follows<Table extends TableShape> {
  readonly from: readonly string[];
  /** A column of the item, or an expression of it alone. */
  readonly node: Node;
  readonly item: Item<Table>;
  /** Of a column. */
  readonly id: string | undefined;
  /** What must be the same row before: the side that an outer join keeps, whose rows may have no match. */
  readonly after: readonly Item<Table>[];
}

/** What the equalities of WHERE and of joins say. Those of an outer join speak of the side that it may fill with NULL. */
export function followsOf<Table extends TableShape>(level: Level<Table>, query: Query<Table>): readonly Follows<Table>[] {
  if (level.kind === "insert" || level.kind === "merge") return [];
  return [
    ...level.where.flatMap((condition) => equalIn(condition, level, query)),
    ...level.joins.flatMap((join) => toldBy(join, level, query)),
  ];
}

function toldBy<Table extends TableShape>(join: Join<Table>, level: Level<Table>, query: Query<Table>): readonly Follows<Table>[] {
  const { kind, left, right, on } = join;
  if (kind === "full") return [];
  const after = kind === "left" ? left : kind === "right" ? right : [];
  const told = [...left, ...right].filter((item) => !after.includes(item));
  const all = [...on.flatMap((condition) => equalIn(condition, level, query)), ...mergedBy(join, level, query)];
  return all.filter(({ item }) => told.includes(item)).map((follows) => ({ ...follows, after }));
}

function equalIn<Table extends TableShape>(condition: Node, level: Level<Table>, query: Query<Table>): readonly Follows<Table>[] {
  const pairs = "A_Expr" in condition ? equated(condition.A_Expr) : [];
  return pairs.flatMap((pair) => bothFollow(pair, level, query));
}

/** `a = b`, `a in (b)`, `(a, b) = (c, d)`. */
function equated({ kind = "AEXPR_OP", name, lexpr, rexpr }: A_Expr): readonly (readonly [Node, Node])[] {
  const isPlain = kind === "AEXPR_OP" || kind === "AEXPR_IN";
  if (!isPlain || namesIn(name).at(-1) !== "=" || !lexpr || !rexpr) return [];
  const [right, ...more] = kind === "AEXPR_IN" && "List" in rexpr ? (rexpr.List.items ?? []) : [rexpr];
  if (!right || more.length > 0) return [];
  if (!("RowExpr" in lexpr) || !("RowExpr" in right)) return [[lexpr, right]];
  const others = right.RowExpr.args ?? [];
  return (lexpr.RowExpr.args ?? []).flatMap((arg, at) => (others[at] ? [[arg, others[at]] as const] : []));
}

function bothFollow<Table extends TableShape>(
  [one, other]: readonly [Node, Node],
  level: Level<Table>,
  query: Query<Table>,
): readonly Follows<Table>[] {
  const turns = [
    { node: one, by: other },
    { node: other, by: one },
  ];
  return turns.flatMap(({ node, by }) => {
    const [item, ...more] = query.itemsIn(node, level) ?? [];
    const from = item && more.length === 0 ? columnsIn(by, level, query) : undefined;
    const use = "ColumnRef" in node ? query.columnOf(node.ColumnRef, level) : undefined;
    return item && from ? [{ from, node, item, id: use && idOf(item, use.name, level), after: [] }] : [];
  });
}

/**
 * The columns of this level that alone decide what an expression is; undefined where one cannot be placed, and for what
 * may differ from row to row in any case.
 */
export function columnsIn<Table extends TableShape>(
  expression: unknown,
  level: Level<Table>,
  query: Query<Table>,
): readonly string[] | undefined {
  const found: (string | undefined)[] = [];
  for (const { kind, node } of walkExpression(expression)) {
    if (kind === "FuncCall" && (node.over || isVolatile(namesIn(node.funcname)))) return undefined;
    if (kind === "SubLink" && query.itemsIn({ SubLink: node }, level)?.size !== 0) return undefined;
    if (kind !== "ColumnRef") continue;
    const use = query.columnOf(node, level);
    if (!use || use.level === level) found.push(use && idOf(use.item, use.name, level));
  }
  return found.includes(undefined) ? undefined : found.flatMap((id) => id ?? []);
}

/** A column of an item, as an expression would name it. */
export const columnNode = (item: Item<TableShape>, column: string): Node => ({
  ColumnRef: { fields: [item.name, column].map((sval) => ({ String: { sval } })) },
});

function mergedBy<Table extends TableShape>(
  { left, right, using, natural }: Join<Table>,
  level: Level<Table>,
  query: Query<Table>,
): readonly Follows<Table>[] {
  const names = natural ? left.flatMap((item) => columnsOf(item) ?? []) : using;
  return names.flatMap((name) => {
    const [one, other] = [left, right].map((items) => items.find((item) => columnsOf(item)?.includes(name)));
    return one && other ? bothFollow([columnNode(one, name), columnNode(other, name)], level, query) : [];
  });
}
