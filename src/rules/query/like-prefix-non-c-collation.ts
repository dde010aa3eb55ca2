import type { Node } from "@pgsql/types";
import type { Index } from "../../catalog/indexes.ts";
import type { Table } from "../../catalog/tables.ts";
import type { Comparison } from "../../sql/conditions.ts";
import { isKey, shape, unqualifiedText } from "../../sql/expression.ts";
import { indexName } from "../../sql/index-name.ts";
import { keyCollations } from "../../sql/index-parts.ts";
import { nameOfItem, sizedNameOf } from "../../sql/level.ts";
import type { Query } from "../../sql/query.ts";
import { nameOf, quote, raw, sql } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import type { Use } from "../../sql/scope.ts";
import { shapeOfType } from "../../sql/type-name.ts";
import { walkExpression } from "../../sql/walk.ts";
import { type Problem, queryRule } from "../rule.ts";

/** A scan of fewer rows costs less than the index would. */
const SMALL = 1000;

/** Whether a pattern has a fixed start and something open after it: one without a wildcard is an equality. */
function isPrefix(pattern: Node | undefined): boolean {
  if (!pattern) return false;
  if ("TypeCast" in pattern) return isPrefix(pattern.TypeCast.arg);
  if ("A_Const" in pattern) return /^(?:[^%_\\]|\\.)+[%_]/s.test(pattern.A_Const.sval?.sval ?? "");
  if (!("A_Expr" in pattern) || namesIn(pattern.A_Expr.name).at(-1) !== "||") return false;
  const { lexpr, rexpr } = pattern.A_Expr;
  const isOpen = rexpr !== undefined && "A_Const" in rexpr && /^[%_]/.test(rexpr.A_Const.sval?.sval ?? "");
  return isPrefix(lexpr) || (isOpen && isFixed(lexpr));
}

function isFixed(start: Node | undefined): boolean {
  if (!start) return false;
  if ("TypeCast" in start) return isFixed(start.TypeCast.arg);
  if ("A_Expr" in start) return isFixed(start.A_Expr.lexpr);
  return "ParamRef" in start || ("A_Const" in start && /^[^%_]/.test(start.A_Const.sval?.sval ?? ""));
}

/** Collations that compare bytes and that an index may name. */
const bytewise = new Set<string | undefined>(["C", "POSIX", "ucs_basic", "pg_c_utf8", "pg_unicode_fast"]);

/** Of an index on a column that is itself not sorted by bytes, whether the key finds what starts with a text. */
function findsPrefixes({ operatorClasses, method, definition }: Index, at: number): boolean {
  const operators = operatorClasses[at] ?? "";
  if (operators.endsWith("_trgm_ops")) return true;
  if (at > 0) return false;
  return method === "spgist" || operators.endsWith("_pattern_ops") || (method === "btree" && bytewise.has(keyCollations(definition)[at]));
}

interface Prefix {
  readonly use: Use<Table>;
  /** An index that has the key and does not find it. */
  readonly index: Index | undefined;
}

type Place = ReturnType<Query<Table>["comparisons"]>[number];

function prefixIn({ operator, left, right, level }: Place, query: Query<Table>): Prefix | undefined {
  if (operator !== "~~" || !isPrefix(right[0])) return undefined;
  const uses = [...walkExpression(left)].flatMap(({ kind, node }) => (kind === "ColumnRef" ? (query.columnOf(node, level) ?? []) : []));
  const [use, ...others] = uses;
  if (!use?.table || others.length > 0 || use.level !== level || use.column?.sortsByBytes !== false) return undefined;
  const { item, table } = use;
  if ((table.rows ?? SMALL) < SMALL || table.kind === "view" || table.kind === "foreign table" || query.isNarrowed(item, level))
    return undefined;
  const keyed = table.indexes.flatMap((index) =>
    index.keys.flatMap((key, at) => (index.valid && isKey(left, key) ? [{ index, finds: findsPrefixes(index, at), at }] : [])),
  );
  const index = keyed.find(({ at }) => at === 0)?.index;
  const isOther = !("ColumnRef" in left) && !index;
  return isOther || keyed.some(({ finds }) => finds) ? undefined : { use, index };
}

const operatorClass: Readonly<Record<string, string>> = {
  text: "text_pattern_ops",
  "character varying": "varchar_pattern_ops",
  character: "bpchar_pattern_ops",
};

function indexFor({ left }: Comparison, { table, column }: Use<Table>, { statement }: Query<Table>): Pick<Problem, "fix" | "undo"> {
  const isColumn = "ColumnRef" in left;
  const operators = isColumn ? operatorClass[shapeOfType(column?.type ?? "").name] : "text_pattern_ops";
  const key = isColumn ? quote(column?.name ?? "") : unqualifiedText(left, statement);
  if (table?.kind !== "table" || !operators || key === undefined) return {};
  const name = indexName({ table: table.name, keys: [key, "pattern"], taken: table.indexes.map((index) => index.name) });
  const written = isColumn || "FuncCall" in left ? key : `(${key})`;
  return {
    fix: sql`create index concurrently ${name} on ${nameOf(table.schema, table.name)} (${raw(written)} ${raw(operators)});`,
    undo: sql`drop index concurrently ${nameOf(table.schema, name)};`,
  };
}

export default queryRule({
  id: "query/like-prefix-non-c-collation",
  severity: "warning",

  *check(query) {
    const seen = new Set<string>();
    for (const place of query.comparisons()) {
      const prefix = prefixIn(place, query);
      const mistake = `${query.levels.indexOf(place.level)} ${shape(place.left)}`;
      if (!prefix || seen.has(mistake)) continue;
      seen.add(mistake);
      const { use, index } = prefix;
      const object = `${nameOfItem(use.item)}.${use.name}`;
      const why = index
        ? `${quote(index.name)} is sorted by the rules of a language and not by characters, so it cannot find what starts with a text`
        : `No index on ${object} finds what starts with a text; it would need ${operatorClass[shapeOfType(use.column?.type ?? "").name] ?? "text_pattern_ops"}`;
      yield {
        message: `${why}, and Postgres compares every row of ${sizedNameOf(use.item)}.`,
        span: query.spanOf(place.node),
        object,
        ...(index ? {} : { severity: "info" as const }),
        ...indexFor(place, use, query),
      };
    }
  },
});
