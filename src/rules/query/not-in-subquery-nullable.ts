import type { Node, SubLink } from "@pgsql/types";
import type { Table } from "../../catalog/tables.ts";
import type { Level } from "../../sql/level.ts";
import { canBeNull, outputCanBeNull } from "../../sql/nulls.ts";
import type { Query } from "../../sql/query.ts";
import { quote } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { queryRule } from "../rule.ts";

/** NOT IN, NOT (… IN …) and <> ALL are one and the same to Postgres. */
function negatedIn(node: Node): SubLink | undefined {
  if ("SubLink" in node && node.SubLink.subLinkType === "ALL_SUBLINK" && namesIn(node.SubLink.operName).at(-1) === "<>")
    return node.SubLink;
  const [inner] = "BoolExpr" in node && node.BoolExpr.boolop === "NOT_EXPR" ? (node.BoolExpr.args ?? []) : [];
  return inner && "SubLink" in inner && inner.SubLink.subLinkType === "ANY_SUBLINK" && !inner.SubLink.operName ? inner.SubLink : undefined;
}

/** Whether a subquery is FROM and WHERE only, so that a condition can be added to it. */
const isPlain = ({ kind, group, limit, offset, select }: Level<Table>) =>
  kind === "select" && group.length === 0 && !limit && !offset && !select?.havingClause && !select?.withClause;

/** Built only where NOT EXISTS means the same but for the NULLs of the subquery: on a left side that is never NULL. */
function asNotExists(
  query: Query<Table>,
  node: Node,
  { testexpr }: SubLink,
  level: Level<Table>,
  inside: Level<Table>,
): string | undefined {
  const column = inside.targets[0]?.val;
  if (!isPlain(inside) || !testexpr || !column || !("ColumnRef" in testexpr) || !("ColumnRef" in column)) return undefined;
  const outer = query.columnOf(testexpr.ColumnRef, level);
  const inner = query.columnOf(column.ColumnRef, inside);
  const isHidden = inside.items.some(({ name }) => name === outer?.item.name);
  if (outer?.level !== level || !inner || isHidden || canBeNull(testexpr, level) !== false) return undefined;

  const span = query.spanOf(node);
  const kept = textAfterFrom(query, inside);
  const equality = `${quote(inner.item.name)}.${quote(inner.name)} = ${quote(outer.item.name)}.${quote(outer.name)}`;
  return span && kept && query.replacing(span, `not exists (select 1 from ${kept}${equality})`);
}

/** FROM and WHERE as they are written, ready for one more condition. */
function textAfterFrom({ spanOf, textOf }: Query<Table>, { select }: Level<Table>): string | undefined {
  const from = (select?.fromClause ?? []).map(spanOf);
  const [first, last] = [from[0], from.at(-1)];
  const condition = select?.whereClause && spanOf(select.whereClause);
  if (!first || !last || (select?.whereClause && !condition)) return undefined;
  return `${textOf({ ...first, end: last.end })} where ${condition ? `(${textOf(condition)}) and ` : ""}`;
}

/** The columns of the subquery: which of them can be NULL, or could as far as is known. */
function nullableColumn(inside: Level<Table>): { readonly isCertain: boolean; readonly value: Node | undefined } | undefined {
  const width = Math.max(1, inside.targets.length);
  const answers = Array.from({ length: width }, (_, at) => outputCanBeNull(inside, at));
  const isCertain = answers.includes(true);
  const position = answers.indexOf(isCertain ? true : undefined);
  return position < 0 ? undefined : { isCertain, value: inside.targets[position]?.val };
}

export default queryRule({
  id: "query/not-in-subquery-nullable",
  severity: "error",

  *check(query) {
    for (const { node, level } of query.nodes()) {
      const link = negatedIn(node);
      const inside = query.levelOf(link?.subselect);
      const column = inside && nullableColumn(inside);
      if (!link || !column) continue;

      const place = column.value && query.spanOf(column.value);
      const written = place ? query.textOf(place) : "a column of the subquery";
      const lost = "a single NULL in the subquery makes NOT IN reject every row.";
      yield {
        message: column.isCertain ? `${written} can be NULL, and ${lost}` : `If ${written} may be NULL, ${lost}`,
        span: query.spanOf(node),
        object: written,
        ...(column.isCertain ? {} : { severity: "warning" as const }),
        fix: asNotExists(query, node, link, level, inside),
      };
    }
  },
});
