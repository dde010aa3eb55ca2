import type { Table } from "../../catalog/tables.ts";
import { type Item, type Join, type Level, nameOfItem } from "../../sql/level.ts";
import { columnRejected } from "../../sql/nulls.ts";
import { queryRule } from "../rule.ts";

const filledBy = ({ kind, left, right }: Join<Table>): readonly Item<Table>[] => (kind === "left" ? right : kind === "right" ? left : []);

/** Conditions that are tested after the join: WHERE, and the ON of inner joins around it. */
function* conditionsAfter(join: Join<Table>, { where, joins }: Level<Table>) {
  for (const node of where) yield { node, clause: "WHERE" };
  const around = ({ kind, left, right }: Join<Table>) =>
    kind === "inner" && [left, right].some((side) => [...join.left, ...join.right].every((item) => side.includes(item)));
  for (const { on } of joins.filter(around)) for (const node of on) yield { node, clause: "a later JOIN" };
}

export default queryRule({
  id: "query/outer-join-turned-inner",
  severity: "warning",

  *check({ levels, spanOf }) {
    for (const level of levels) {
      for (const join of level.joins) {
        for (const item of filledBy(join)) {
          const [found] = Array.from(conditionsAfter(join, level), ({ node, clause }) => ({
            node,
            clause,
            use: columnRejected(node, item, level),
          })).filter(({ use }) => use);
          if (!found?.use) continue;
          const { kind } = join;
          yield {
            message: `The condition on ${item.name}.${found.use.name} in ${found.clause} is never true for the rows that ${kind.toUpperCase()} JOIN fills with NULL, so rows without a match in ${nameOfItem(item)} are lost, as with a plain JOIN.`,
            span: spanOf(found.node),
            object: `${nameOfItem(item)}.${found.use.name}`,
          };
        }
      }
    }
  },
});
