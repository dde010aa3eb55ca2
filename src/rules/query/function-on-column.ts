import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import { bothWays, type Comparison } from "../../sql/conditions.ts";
import { isKey, shape, unqualifiedText } from "../../sql/expression.ts";
import { indexName } from "../../sql/index-name.ts";
import { type Item, type Level, nameOfItem, sizedNameOf } from "../../sql/level.ts";
import type { Query } from "../../sql/query.ts";
import { nameOf, raw, sql } from "../../sql/quote.ts";
import { asRange, rangedTypes } from "../../sql/range.ts";
import { namesIn } from "../../sql/relations.ts";
import type { Use } from "../../sql/scope.ts";
import { walk } from "../../sql/walk.ts";
import { type Problem, queryRule } from "../rule.ts";

/** Rows. Below, a scan is cheap; above, it is felt on each call. */
const SMALL = 1_000;
const LARGE = 100_000;

/** IMMUTABLE in all their variants, so that Postgres takes them in an index. */
export const immutable: ReadonlySet<string> = new Set(
  "abs ascii btrim ceil ceiling char_length character_length floor initcap left length lower lpad ltrim md5 mod octet_length replace reverse right round rpad rtrim sign split_part strpos substr substring trunc upper".split(
    " ",
  ),
);

const operators = new Set(["+", "-", "*", "/", "%", "^", "||", "->", "->>", "#>", "#>>"]);

/** A cast alone is another matter, and so are a row and a list. */
const wraps = (node: Node) =>
  "FuncCall" in node ||
  "CoalesceExpr" in node ||
  "CaseExpr" in node ||
  ("A_Expr" in node && node.A_Expr.kind === "AEXPR_OP" && operators.has(namesIn(node.A_Expr.name).at(-1) ?? ""));

/** Columns in it, unless it asks other tables too. */
function columnsIn(node: Node, level: Level<Table>, { columnOf }: Query<Table>): readonly Use<Table>[] {
  const uses: Use<Table>[] = [];
  for (const visit of walk(node)) {
    if (visit.kind === "SubLink") return [];
    const use = visit.kind === "ColumnRef" ? columnOf(visit.node, level) : undefined;
    if (use) uses.push(use);
  }
  return uses;
}

const isJson = ({ column }: Use<Table>) => column?.type === "json" || column?.type === "jsonb";
const isNumber = ({ column }: Use<Table>) => /^(?:smallint|integer|bigint|numeric|real|double precision)/.test(column?.type ?? "");
const isText = ({ column }: Use<Table>) => /^(?:text|character)/.test(column?.type ?? "");

/** Whether Postgres takes the expression in an index: nothing in it may depend on a setting, the time or a parameter. */
function canBeIndexed(node: Node, uses: readonly Use<Table>[]): boolean {
  for (const { kind, node: inner } of walk(node)) {
    if (kind === "FuncCall" && !(immutable.has(namesIn(inner.funcname).at(-1) ?? "") && uses.every((use) => isText(use) || isNumber(use))))
      return false;
    if (kind === "A_Expr" && !uses.every(isNumber) && !uses.every(isJson) && !uses.every(isText)) return false;
    if (kind === "ParamRef" || kind === "TypeCast" || kind === "SQLValueFunction" || kind === "CollateClause") return false;
  }
  return true;
}

type Place = Comparison & { readonly level: Level<Table> };

function fixFor(query: Query<Table>, comparison: Place, uses: readonly Use<Table>[]): Pick<Problem, "fix" | "undo"> {
  const table = uses[0]?.table;
  const range = rangeFor(query, comparison, uses);
  const span = query.spanOf(comparison.node);
  if (range && span) return { fix: query.replacing(span, range) };
  const written = unqualifiedText(comparison.left, query.statement);
  if (table?.kind !== "table" || !written || !canBeIndexed(comparison.left, uses)) return {};
  const isCall = "FuncCall" in comparison.left || "CoalesceExpr" in comparison.left;
  const index = indexName({ table: table.name, keys: [written], taken: table.indexes.map(({ name }) => name) });
  return {
    fix: sql`create index concurrently ${index} on ${nameOf(table.schema, table.name)} (${raw(isCall ? written : `(${written})`)});`,
    undo: sql`drop index concurrently ${nameOf(table.schema, index)};`,
  };
}

/** The column itself between two dates, where that is the same. */
function rangeFor(
  query: Query<Table>,
  { node, left, operator, right: [other] }: Comparison,
  [use]: readonly Use<Table>[],
): string | undefined {
  if (operator !== "=" || !other || !("A_Expr" in node) || node.A_Expr.kind !== "AEXPR_OP") return undefined;
  if (!rangedTypes.includes(use?.column?.type ?? "")) return undefined;
  for (const visit of walk(left)) {
    const span = visit.kind === "ColumnRef" ? query.spanOf({ ColumnRef: visit.node }) : undefined;
    if (span) return asRange(left, other, query.textOf(span));
  }
  return undefined;
}

const isHarmless = ({ table }: Item<Table>, expression: Node) =>
  table !== undefined &&
  ((table.rows ?? SMALL) < SMALL ||
    table.kind === "view" ||
    table.kind === "foreign table" ||
    table.indexes.some(({ keys, valid }) => valid && keys.some((key) => isKey(expression, key))));

/** The columns of the one table of this level that the left side computes with, if nothing excuses it. */
function hiddenColumns(query: Query<Table>, { left, right, level }: Place): readonly Use<Table>[] {
  const uses = wraps(left) ? columnsIn(left, level, query) : [];
  const [use] = uses;
  if (use?.level !== level || use.item.kind !== "relation" || query.itemsIn(left, level)?.size !== 1) return [];
  const dependsOnItself = query.itemsIn(right, level)?.has(use.item) ?? true;
  return dependsOnItself || isHarmless(use.item, left) || query.isNarrowed(use.item, level) ? [] : uses;
}

/** In a join, a hash of both tables needs no index. */
const severityOf = ({ table }: Item<Table>, isJoin: boolean) => (isJoin ? "info" : (table?.rows ?? 0) >= LARGE ? "error" : "warning");

export default queryRule({
  id: "query/function-on-column",
  severity: "warning",

  *check(query) {
    const seen = new Set<string>();
    for (const place of query.comparisons().flatMap((comparison) => bothWays(comparison).map((way) => ({ ...comparison, ...way })))) {
      const uses = hiddenColumns(query, place);
      const [use] = uses;
      // `lower(email) = 'a' or lower(email) = 'b'` is one mistake.
      const mistake = `${query.levels.indexOf(place.level)} ${shape(place.left)}`;
      if (!use || seen.has(mistake)) continue;
      seen.add(mistake);
      const { item } = use;
      const span = query.spanOf(place.left);
      yield {
        message: `${span ? query.textOf(span) : "An expression"} hides ${nameOfItem(item)}.${use.name} from its indexes, so Postgres computes it for every row of ${sizedNameOf(item)}${item.table ? "" : ", unless there is an index on that expression"}.`,
        span: query.spanOf(place.node),
        object: `${nameOfItem(item)}.${use.name}`,
        ...(item.table?.rows === undefined ? {} : { evidence: { rows: item.table.rows } }),
        ...fixFor(query, place, uses),
        severity: severityOf(item, query.itemsIn(place.right, place.level)?.size !== 0),
      };
    }
  },
});
