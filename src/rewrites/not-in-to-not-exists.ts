import type { Node, SubLink } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import type { Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { namesIn } from "../sql/relations.ts";
import { isNeverNull, plainSelect, rewritten, whereWith, wordsInside, wordsOf } from "./parts.ts";
import { type Assumption, pattern } from "./rewrite.ts";

/** Postgres makes an anti join of NOT EXISTS, and reads the subquery of NOT IN into memory or, where it is large, again for each row. */
export default pattern({
  name: "NOT IN to NOT EXISTS",

  *drafts(query) {
    for (const { node, level } of query.nodes()) {
      const link = negatedIn(node);
      const inside = query.levelOf(link?.subselect);
      const [target, another] = inside?.targets ?? [];
      if (!link?.testexpr || !inside || !target?.val || another || "RowExpr" in link.testexpr) continue;

      const select = plainSelect(inside, query);
      const [inner, outer] = [wordsOf(target.val, query), wordsInside(link.testexpr, { level, inside, query })];
      const span = query.spanOf(node);
      const assumes = [neverNull(target.val, inside, query), neverNull(link.testexpr, level, query)];
      if (!select || !inner || !outer || !span || assumes.includes(undefined)) continue;
      const by = `not exists (select 1 from ${select.from}${whereWith(select.where, [`${inner} = ${outer}`])})`;
      yield { sql: rewritten(query, [{ ...span, by }]), assumes: assumes.flatMap((assumed) => assumed ?? []) };
    }
  },
});

/** NOT IN, NOT (… IN …) and <> ALL are one and the same to Postgres. */
function negatedIn(node: Node): SubLink | undefined {
  if ("SubLink" in node && node.SubLink.subLinkType === "ALL_SUBLINK" && namesIn(node.SubLink.operName).at(-1) === "<>")
    return node.SubLink;
  const [inner] = "BoolExpr" in node && node.BoolExpr.boolop === "NOT_EXPR" ? (node.BoolExpr.args ?? []) : [];
  return inner && "SubLink" in inner && inner.SubLink.subLinkType === "ANY_SUBLINK" && !inner.SubLink.operName ? inner.SubLink : undefined;
}

/** With a NULL on either side the two differ: what has to be assumed, if anything. Undefined where no constraint could say it. */
function neverNull(node: Node, level: Level<Table>, query: Query<Table>): readonly Assumption[] | undefined {
  if (isNeverNull(node, level, query)) return [];
  const use = "ColumnRef" in node ? query.columnOf(node.ColumnRef, level) : undefined;
  return use?.table && use.column && !use.item.nullable ? [{ table: use.table, column: use.name }] : undefined;
}
