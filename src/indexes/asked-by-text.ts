import type { Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { conditionsOf } from "../sql/conditions.ts";
import type { Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { namesIn } from "../sql/relations.ts";
import { readByText } from "./read-by-text.ts";
import { sortedBy } from "./sorted-by.ts";
import type { Asked, Sorted } from "./wishes.ts";

/**
 * What each level of a statement asks for. A plan hides some of it: the order that the index it chose gives anyway, the
 * column of a min() that it reads in full. `rootOf`: the table an index would be made on.
 */
export function askedByText(query: Query<Table>, rootOf: (table: Table) => Table): readonly Asked[] {
  const reads = readByText(query);
  return query.levels.map((level) => ({
    conditions: conditionsOf(level),
    orders: [orderOf(level), groupOf(level), ...extremesOf(level)],
    reads: level.items.flatMap((item) =>
      item.table && item.kind === "relation"
        ? [{ relation: item, table: rootOf(item.table), columns: reads.get(item) ?? new Set<string>() }]
        : [],
    ),
    isOwn: () => true,
    resolve: (column) => {
      const use = query.columnOf(column, level);
      if (!use?.table || !use.column || use.item.kind !== "relation") return undefined;
      return { relation: use.item, table: rootOf(use.table), column: use.column.name };
    },
  }));
}

const orderOf = (level: Level<Table>): readonly Sorted[] =>
  sortedBy(level.order).map((sorted) => ({ ...sorted, node: targetOf(sorted.node, level) }));

const groupOf = (level: Level<Table>): readonly Sorted[] => level.group.map((node) => plain(targetOf(node, level)));

const plain = (node: Node): Sorted => ({ node, descending: false, nullsFirst: false });

/** ORDER BY and GROUP BY may name a column of the result by its place or its new name. */
function targetOf(node: Node, { targets }: Level<Table>): Node {
  const place = "A_Const" in node ? node.A_Const.ival?.ival : undefined;
  const names = "ColumnRef" in node ? namesIn(node.ColumnRef.fields) : [];
  const target = place === undefined ? targets.find(({ name }) => names.length === 1 && name === names[0]) : targets[place - 1];
  return target?.val ?? node;
}

/** Without GROUP BY, min() and max() read one end of an index. */
function extremesOf({ targets, group }: Level<Table>): readonly (readonly Sorted[])[] {
  if (group.length > 0) return [];
  return targets.flatMap(({ val }) => {
    if (!val || !("FuncCall" in val)) return [];
    const { funcname, args = [] } = val.FuncCall;
    const [column] = args;
    return column && args.length === 1 && ["min", "max"].includes(namesIn(funcname).at(-1) ?? "") ? [[plain(column)]] : [];
  });
}
