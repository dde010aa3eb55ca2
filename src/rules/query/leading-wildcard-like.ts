import type { Node } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import type { Comparison } from "../../sql/conditions.ts";
import { isKey, shape } from "../../sql/expression.ts";
import { indexName } from "../../sql/index-name.ts";
import { type Item, nameOfItem, sizedNameOf } from "../../sql/level.ts";
import { nameOf, raw, sql } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import type { Use } from "../../sql/scope.ts";
import { type Problem, queryRule } from "../rule.ts";

/** A scan of fewer rows costs less than the index would. */
const SMALL = 1000;

/** Rows. Comparing fewer takes milliseconds. */
const LARGE = 100_000;

/** What is known of the start of a pattern; an ESCAPE clause is a call around it. */
function startOf(pattern: Node | undefined): string {
  if (!pattern) return "";
  if ("A_Const" in pattern) return pattern.A_Const.sval?.sval ?? "";
  if ("TypeCast" in pattern) return startOf(pattern.TypeCast.arg);
  if ("A_Expr" in pattern) return namesIn(pattern.A_Expr.name).at(-1) === "||" ? startOf(pattern.A_Expr.lexpr) : "";
  if (!("FuncCall" in pattern)) return "";
  return ["concat", "like_escape"].includes(namesIn(pattern.FuncCall.funcname).at(-1) ?? "") ? startOf(pattern.FuncCall.args?.[0]) : "";
}

/** A bare % lets everything through: no index would help. */
const startsWithWildcard = ({ operator, right: [pattern] }: Comparison) =>
  operator.startsWith("~~") && startOf(pattern).startsWith("%") && !(pattern && "A_Const" in pattern && /^%+$/.test(startOf(pattern)));

const hasTrigrams = ({ indexes }: Table, column: Node) =>
  indexes.some(
    ({ keys, operatorClasses, valid }) =>
      valid && keys.some((key, at) => /^gi[ns]t?_trgm_ops$/.test(operatorClasses[at] ?? "") && isKey(column, key)),
  );

/** The index that serves any pattern, if the column is one that it can be built on. */
function trigramIndex(use: Use<Table> | undefined): Pick<Problem, "fix" | "undo"> {
  const { table, column } = use ?? {};
  if (table?.kind !== "table" || !column || !/^(?:text|character varying)/.test(column.type)) return {};
  const name = indexName({ table: table.name, keys: [column.name, "trgm"], taken: table.indexes.map((index) => index.name) });
  const index = sql`create index concurrently ${name} on ${nameOf(table.schema, table.name)} using gin (${column.name} gin_trgm_ops);`;
  return {
    fix: sql`create extension if not exists pg_trgm;\n${raw(index)}`,
    undo: sql`drop index concurrently ${nameOf(table.schema, name)};`,
  };
}

const isServed = ({ table }: Item<Table>, operand: Node) =>
  table !== undefined && ((table.rows ?? SMALL) < SMALL || hasTrigrams(table, operand));

export default queryRule({
  id: "query/leading-wildcard-like",
  severity: "warning",

  *check({ levels, comparisons, itemsIn, isNarrowed, columnOf, spanOf }) {
    const seen = new Set<string>();
    for (const comparison of comparisons().filter(startsWithWildcard)) {
      const { left, level, node } = comparison;
      // `email like '%a' or email like '%b'` is one mistake.
      const mistake = `${levels.indexOf(level)} ${shape(left)}`;
      const [item, ...others] = itemsIn(left, level) ?? [];
      if (item?.kind !== "relation" || others.length > 0 || isServed(item, left) || isNarrowed(item, level) || seen.has(mistake)) continue;
      seen.add(mistake);

      const use = "ColumnRef" in left ? columnOf(left.ColumnRef, level) : undefined;
      yield {
        message: `A pattern that starts with % cannot use a b-tree index, so Postgres compares every row of ${sizedNameOf(item)}.`,
        span: spanOf(node),
        object: use ? `${nameOfItem(item)}.${use.name}` : nameOfItem(item).toString(),
        ...((item.table?.rows ?? LARGE) < LARGE && { severity: "info" as const }),
        ...trigramIndex(use),
      };
    }
  },
});
