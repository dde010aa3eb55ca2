import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { clausesOf } from "../../sql/clauses.ts";
import { type Cut, cutOf, skipsLocked } from "../../sql/cut.ts";
import { columnNode, columnsIn, idOf } from "../../sql/follows.ts";
import { type Item, type Level, nameOfItem } from "../../sql/level.ts";
import { canBeNull } from "../../sql/nulls.ts";
import { spanOf } from "../../sql/position.ts";
import type { Query } from "../../sql/query.ts";
import { quote, unquote } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import type { Use } from "../../sql/scope.ts";
import { isDistinct, knowsKeys, multiplies, sortedBy, tellsApart, uniqueIndexesOf } from "../../sql/unique.ts";
import { type Problem, queryRule } from "../rule.ts";

/** Whether all keys of what the rows come from are known, so that it can be said that none is there. */
const isKnown = (item: Item<Table>): boolean => knowsKeys(item) || (item.body?.kind === "select" && item.body.items.every(isKnown));

/** `id::text` and `-id` order as finely as `id`. */
function bare(node: Node): Node {
  if (
    "TypeCast" in node &&
    node.TypeCast.arg &&
    /^(?:text|varchar|int8|numeric)$/.test(namesIn(node.TypeCast.typeName?.names).at(-1) ?? "")
  )
    return bare(node.TypeCast.arg);
  const { kind, lexpr, rexpr, name } = "A_Expr" in node ? node.A_Expr : {};
  return kind === "AEXPR_OP" && !lexpr && rexpr && namesIn(name).at(-1) === "-" ? bare(rexpr) : node;
}

/** Of ten rows one may share its value with others: then the last of a single page hardly ever does. */
const SELDOM = 0.9;

/** Keys of the tables of which a sorted column hardly ever holds a value twice, by the statistics. */
const nearlyKeys = (sorted: readonly Node[], level: Level<Table>, query: Query<Table>): readonly Node[] =>
  sorted.flatMap((node) => {
    const { item, column, level: own } = ("ColumnRef" in node && query.columnOf(node.ColumnRef, level)) || {};
    const { nulls, distinct } = column?.spread ?? { nulls: 1, distinct: 0 };
    if (!item?.table || own !== level || distinct < SELDOM || (nulls > 0 && canBeNull(node, level) !== false)) return [];
    return (uniqueIndexesOf(item.table)[0]?.keys ?? []).map((key) => columnNode(item, unquote(key)));
  });

const isSeldomTied = (sorted: readonly Node[], level: Level<Table>, query: Query<Table>): boolean => {
  const keys = nearlyKeys(sorted, level, query);
  return keys.length > 0 && tellsApart([...sorted.map(bare), ...keys], level, query);
};

/** What a page is cut by whose rows may change places. */
interface Tie {
  readonly cut: Cut;
  readonly sorted: readonly Node[];
  /** What makes it a page after another one. */
  readonly continued: Node | undefined;
}

/** A page that is smaller than what it is cut from. */
function pageOf(level: Level<Table>): Cut | undefined {
  const cut = level.kind === "select" && level.order.length > 0 ? cutOf(level) : undefined;
  if (!cut || level.place === "exists" || skipsLocked(level) || level.select?.limitOption === "LIMIT_OPTION_WITH_TIES") return undefined;
  const [item, ...others] = level.items;
  const fits = others.length === 0 && (item?.table?.rows ?? Number.POSITIVE_INFINITY) <= (cut.rows ?? 0);
  return !cut.skips && (cut.rows === 1 || fits) ? undefined : cut;
}

/** A computed order is a ranking: it is judged only where pages are made of it. */
function tieIn(level: Level<Table>, query: Query<Table>): Tie | undefined {
  const cut = pageOf(level);
  if (!cut) return undefined;
  const sorted = sortedBy(level);
  const isRanking = sorted.some((node) => !("ColumnRef" in node)) && !cut.skips;
  if (isRanking || multiplies(level) || !level.items.every(isKnown) || !sorted.every((node) => columnsIn(node, level, query)))
    return undefined;
  if (tellsApart(sorted.map(bare), level, query)) return undefined;
  const [by] = sorted;
  const continued = continuedBy(level, by && "ColumnRef" in by ? query.columnOf(by.ColumnRef, level) : undefined, query);
  // Over many pages, ties that are rare are met.
  return !cut.skips && !continued && isSeldomTied(sorted, level, query) ? undefined : { cut, sorted, continued };
}

const directionOf = (by: Node | undefined) => (by && "SortBy" in by ? by.SortBy.sortby_dir : undefined);

/** The condition by which a page starts after the last row of the one before: `created_at < $1` with the order turned the same way. */
function continuedBy({ where, order }: Level<Table>, use: Use<Table> | undefined, query: Query<Table>): Node | undefined {
  const wanted = directionOf(order[0]) === "SORTBY_DESC" ? "<" : ">";
  return where.find((node) => {
    const { name, lexpr, rexpr } = "A_Expr" in node && node.A_Expr.kind === "AEXPR_OP" ? node.A_Expr : {};
    const compared = use && lexpr && "ColumnRef" in lexpr ? query.columnOf(lexpr.ColumnRef, use.level) : undefined;
    const value = rexpr && "TypeCast" in rexpr ? rexpr.TypeCast.arg : rexpr;
    const isGiven = value !== undefined && ("ParamRef" in value || "A_Const" in value);
    return isGiven && namesIn(name).at(-1) === wanted && compared?.item === use?.item && compared?.name === use?.name;
  });
}

/** The columns of a key that settles the order, as ORDER BY would name them here; the shortest of the first table that has one. */
function keyFor(level: Level<Table>, sorted: readonly Node[], query: Query<Table>): readonly string[] | undefined {
  if (level.group.length > 0 || isDistinct(level)) return undefined;
  const present = new Set(sorted.flatMap((node) => columnsIn(node, level, query) ?? []));
  for (const item of level.items.filter(({ nullable, renamed }) => !nullable && renamed.length === 0)) {
    for (const { keys } of item.table ? uniqueIndexesOf(item.table) : []) {
      const columns = keys.map(unquote).filter((column) => !present.has(idOf(item, column, level)));
      const nodes = columns.map((column) => columnNode(item, column));
      if (!tellsApart([...sorted, ...nodes], level, query)) continue;
      return columns.map((column) => (level.items.length > 1 ? `${quote(item.name)}.${quote(column)}` : quote(column)));
    }
  }
  return undefined;
}

const listed = new Intl.ListFormat("en");

function consequence({ rows, skips }: Cut, continued: string | undefined): string {
  if (skips) return "so a page can repeat rows of the one before and leave out others";
  if (continued) return `and a page that starts after ${continued} leaves out those that did not fit on the one before`;
  return `so which of them LIMIT${rows === undefined ? "" : ` ${rows}`} keeps can change from call to call`;
}

function problemOf(level: Level<Table>, { cut, sorted, continued }: Tie, query: Query<Table>): Problem | undefined {
  const order = clausesOf(level, query.statement)?.order;
  if (!order) return undefined;
  const key = keyFor(level, sorted, query);
  const [item] = level.items;
  const texts = [...sorted, ...(continued ? [continued] : [])]
    .map((node) => query.spanOf(node))
    .map((span) => (span ? query.textOf(span) : "it"));
  const tied = `Rows${item && level.items.length === 1 ? ` of ${nameOfItem(item)}` : ""} with the same ${listed.format(texts.slice(0, sorted.length))} come in any order`;
  const direction = directionOf(level.order.at(-1)) === "SORTBY_DESC" ? " desc" : "";
  const span = spanOf(query.statement.source, order.start, order.end);
  return {
    message: `${tied}, ${consequence(cut, continued && texts.at(-1))}.${key ? ` Add ${listed.format(key)} to ORDER BY.` : ""}`,
    span,
    object: item && nameOfItem(item).toString(),
    severity: cut.skips || continued ? "warning" : "info",
    fix:
      key && !continued
        ? query.replacing({ ...span, start: span.end }, `, ${key.map((column) => column + direction).join(", ")}`)
        : undefined,
  };
}

export default queryRule({
  id: "query/order-by-not-unique-with-limit",
  severity: "info",

  *check(query) {
    if (query.levels.some(({ kind }) => kind !== "select" && kind !== "set")) return;
    for (const level of query.levels) {
      const tie = tieIn(level, query);
      const problem = tie && problemOf(level, tie, query);
      if (problem) yield problem;
    }
  },
});
