import type { Node } from "@pgsql/types";
import { type Bound, boundOfConstant, boundsOf, exclude } from "./exclusion.ts";
import type { Level } from "./level.ts";
import type { Query } from "./query.ts";
import { unquote } from "./quote.ts";
import { type KeyedTable, outputNodes, uniqueIndexesOf } from "./unique.ts";

type Pair = readonly [readonly Bound[], readonly Bound[]];

/** What is known of a column of the result. */
function boundsAt<Table extends KeyedTable>(level: Level<Table>, node: Node | undefined, query: Query<Table>): readonly Bound[] {
  const use = node && "ColumnRef" in node ? query.columnOf(node.ColumnRef, level) : undefined;
  if (use) return use.level === level ? boundsOf(use, level, query) : [];
  return [node && boundOfConstant(node)].flatMap((bound) => bound ?? []);
}

/** The columns of a row that both tell by a key of its table: what either says of them is said of the same row. */
function* ofSameRow<Table extends KeyedTable>(one: Level<Table>, other: Level<Table>, query: Query<Table>): Generator<Pair> {
  const [places, others] = [one, other].map((level) =>
    (outputNodes(level) ?? []).map((node) => ("ColumnRef" in node ? query.columnOf(node.ColumnRef, level) : undefined)),
  );
  for (const item of one.items) {
    const { table } = item;
    const twin = table && other.items.find((each) => each.table?.name === table.name && each.table.schema === table.schema);
    if (!table || !twin || item.nullable || twin.nullable) continue;
    const isShown = (name: string) =>
      places?.some((use, at) => use?.item === item && use.name === name && others?.[at]?.item === twin && others[at]?.name === name);
    const isTold = uniqueIndexesOf(table).some(({ keys, where }) => where === undefined && keys.every((key) => isShown(unquote(key))));
    for (const column of isTold ? table.columns : []) {
      const of = { name: column.name, table, column };
      yield [boundsOf({ ...of, item, level: one }, one, query), boundsOf({ ...of, item: twin, level: other }, other, query)];
    }
  }
}

function betweenTwo<Table extends KeyedTable>(
  one: Level<Table>,
  other: Level<Table>,
  query: Query<Table>,
): readonly [Node, Node] | undefined {
  const [nodes, others] = [outputNodes(one) ?? [], outputNodes(other) ?? []];
  const shown = nodes.map((node, at): Pair => [boundsAt(one, node, query), boundsAt(other, others[at], query)]);
  for (const [bounds, against] of [...shown, ...ofSameRow(one, other, query)]) {
    for (const bound of bounds) {
      const found = against.find((each) => exclude(bound, each));
      if (found) return [bound.node, found.node];
    }
  }
  return undefined;
}

/**
 * Why no row of one SELECT can be a row of another of them: two constants or conditions that exclude each other. Those of
 * the first two; undefined if any two may share a row.
 */
export function exclusionOf<Table extends KeyedTable>(
  levels: readonly Level<Table>[],
  query: Query<Table>,
): readonly [Node, Node] | undefined {
  const reasons = levels.flatMap((one, at) => levels.slice(at + 1).map((other) => betweenTwo(one, other, query)));
  return reasons.includes(undefined) ? undefined : reasons[0];
}
