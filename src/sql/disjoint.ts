import type { Node } from "@pgsql/types";
import { type Bound, boundOfConstant, boundsOf, exclude } from "./exclusion.ts";
import type { Level } from "./level.ts";
import type { Query } from "./query.ts";
import { unquote } from "./quote.ts";
import type { Use } from "./scope.ts";
import { type KeyedTable, outputNodes, uniqueIndexesOf } from "./unique.ts";

type Pair = readonly [readonly Bound[], readonly Bound[]];

/** What is known of a column of the result. */
function boundsAt<Table extends KeyedTable>(level: Level<Table>, node: Node | undefined, query: Query<Table>): readonly Bound[] {
  const use = node && "ColumnRef" in node ? query.columnOf(node.ColumnRef, level) : undefined;
  if (use) return use.level === level ? boundsOfColumn(use, level, query) : [];
  return [node && boundOfConstant(node)].flatMap((bound) => bound ?? []);
}

/** By a collation of its own two texts may be one value, however they differ. */
function boundsOfColumn<Table extends KeyedTable>(use: Use<Table>, level: Level<Table>, query: Query<Table>): readonly Bound[] {
  const bounds = boundsOf(use, level, query);
  return use.column?.collation === undefined ? bounds : bounds.filter(({ values }) => !values.some(isText));
}

const isText = (node: Node | undefined) => node !== undefined && "A_Const" in node && node.A_Const.sval !== undefined;

/** Whether text constants without a type, as two SELECTs give them at one place, are texts: they are read as what any of the others gives. */
function areTexts<Table extends KeyedTable>(at: number, levels: readonly Level<Table>[], query: Query<Table>): boolean {
  return levels.every((level) => {
    const node = outputNodes(level)?.[at];
    const use = node && "ColumnRef" in node ? query.columnOf(node.ColumnRef, level) : undefined;
    return isText(node) || /^(?:text|character varying)/.test(use?.column?.type ?? "");
  });
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
      yield [boundsOfColumn({ ...of, item, level: one }, one, query), boundsOfColumn({ ...of, item: twin, level: other }, other, query)];
    }
  }
}

function betweenTwo<Table extends KeyedTable>(
  [one, other]: readonly [Level<Table>, Level<Table>],
  levels: readonly Level<Table>[],
  query: Query<Table>,
): readonly [Node, Node] | undefined {
  const [nodes, others] = [outputNodes(one) ?? [], outputNodes(other) ?? []];
  const shown = nodes.flatMap((node, at): readonly Pair[] => {
    if (isText(node) && isText(others[at]) && !areTexts(at, levels, query)) return [];
    return [[boundsAt(one, node, query), boundsAt(other, others[at], query)]];
  });
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
  const reasons = levels.flatMap((one, at) => levels.slice(at + 1).map((other) => betweenTwo([one, other], levels, query)));
  return reasons.includes(undefined) ? undefined : reasons[0];
}
