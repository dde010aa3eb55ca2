import type { Table } from "../../catalog/tables.ts";
import { isNoFactor, joinedGroups } from "../../sql/join-graph.ts";
import { type Item, type Level, nameOfItem } from "../../sql/level.ts";
import type { Query } from "../../sql/query.ts";
import { unquote } from "../../sql/quote.ts";
import { queryRule } from "../rule.ts";

/** Whether equality leaves at most one row of the item. Without a catalog any equality may. */
const isOneRow = ({ table }: Item<Table>, bound: ReadonlySet<string>) =>
  table
    ? (table.rows ?? 2) <= 1 ||
      table.indexes.some(({ unique, where, keys }) => unique && where === undefined && keys.every((key) => bound.has(unquote(key))))
    : bound.size > 0;

/** One item of each group that multiplies the others. */
function factorsOf(level: Level<Table>, query: Query<Table>): readonly Item<Table>[] {
  const counts = (item: Item<Table>) => !isNoFactor(item) && !isOneRow(item, query.boundColumns(item, level));
  return (joinedGroups(level, query) ?? []).flatMap((items) => items.find(counts) ?? []);
}

export default queryRule({
  id: "query/cartesian-join",
  severity: "error",

  *check(query) {
    for (const level of query.levels.filter(({ kind }) => kind === "select")) {
      const [first, ...others] = factorsOf(level, query);
      if (!first) continue;
      for (const other of others) {
        const pairs = (first.table?.rows ?? 0) * (other.table?.rows ?? 0);
        yield {
          message: `Nothing joins ${nameOfItem(other)} to ${nameOfItem(first)}, so every row of one is paired with every row of the other${pairs ? `: about ${pairs.toLocaleString("en-US")} rows` : ""}.`,
          span: query.spanOf(other.node),
          object: nameOfItem(other).toString(),
          ...(pairs ? { evidence: { pairs } } : {}),
        };
      }
    }
  },
});
