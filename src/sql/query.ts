import type { ColumnRef, Node } from "@pgsql/types";
import type { Span } from "../finding.ts";
import { boundColumns, type Comparison, comparisonsIn, conditionsOf, isIndexedBy } from "./conditions.ts";
import { replaceAll, spanOfNode } from "./expression.ts";
import type { Item, Level, TableShape } from "./level.ts";
import { parses, type Statement } from "./parse.ts";
import { readLevels } from "./read-levels.ts";
import type { RelationRef } from "./relations.ts";
import { type Repeats, repeatsOf } from "./repeats.ts";
import { itemsIn, resolve, type Use } from "./scope.ts";
import { walkExpression } from "./walk.ts";

/** One statement with its names resolved: what the query rules judge. */
export interface Query<Table extends TableShape> {
  readonly statement: Statement;
  /** Every SELECT, and every INSERT, UPDATE, DELETE, MERGE, the outermost first. */
  readonly levels: readonly Level<Table>[];
  /** Every node of every level's expressions, a nested SELECT's with its own level. */
  nodes(): Generator<{ readonly node: Node; readonly level: Level<Table> }>;
  /** Every comparison that an index could serve. */
  comparisons(): readonly (Comparison & { readonly level: Level<Table> })[];
  /** What a column at this level is, or undefined where that cannot be known. */
  columnOf(column: ColumnRef, level: Level<Table>): Use<Table> | undefined;
  /** The level of a subquery in an expression. */
  levelOf(subselect: Node | undefined): Level<Table> | undefined;
  /** The items of this level that an expression depends on; undefined where one of its columns cannot be placed. */
  itemsIn(node: unknown, level: Level<Table>): ReadonlySet<Item<Table>> | undefined;
  /** The columns of an item that must equal a constant, a parameter or a column of an outer level. */
  boundColumns(item: Item<Table>, level: Level<Table>): ReadonlySet<string>;
  /** Whether an index finds the few rows of an item by such columns, before its other conditions are tested on them. */
  isNarrowed(item: Item<Table>, level: Level<Table>): boolean;
  /** What the text around the statement says of it; undefined where none in it is alike. */
  readonly repeats: Repeats | undefined;
  /** Where a node stands, exact to the character. */
  spanOf(node: Node): Span | undefined;
  textOf(span: Span): string;
  /** The whole statement with one stretch written anew, if Postgres's parser takes it. */
  replacing(span: Span, by: string): string | undefined;
}

/**
 * Only after parseStatements, which loads the grammar. `find` says which table a name means,
 * or nothing where that is not known.
 */
export function readQuery<Table extends TableShape>(
  statement: Statement,
  find: (relation: RelationRef) => Table | undefined,
): Query<Table> {
  const { levels, bySelect } = readLevels(statement, find);
  const levelOf = (subselect: Node | undefined) =>
    subselect && "SelectStmt" in subselect ? bySelect.get(subselect.SelectStmt) : undefined;
  const dependsOn = (node: unknown, level: Level<Table>) => itemsIn(node, level, levelOf);
  const boundOf = new Map<Item<Table>, ReadonlySet<string>>();
  const bound = (item: Item<Table>, level: Level<Table>) => {
    const columns = boundOf.get(item) ?? boundColumns(item, level, (nodes) => dependsOn(nodes, level)?.size === 0);
    boundOf.set(item, columns);
    return columns;
  };
  return {
    statement,
    levels,
    nodes: () => nodesOf(levels),
    comparisons: () =>
      levels.flatMap((level) =>
        conditionsOf(level)
          .flatMap(comparisonsIn)
          .map((comparison) => ({ ...comparison, level })),
      ),
    columnOf: resolve,
    levelOf,
    itemsIn: dependsOn,
    boundColumns: bound,
    isNarrowed: (item, level) => isIndexedBy(bound(item, level), item.table),
    get repeats() {
      return repeatsOf(statement);
    },
    spanOf: (node) => spanOfNode(node, statement),
    textOf: ({ start, end }) => statement.source.slice(start, end),
    replacing: ({ start, end }, by) => {
      const written = replaceAll(statement.source, statement, [{ start, end, by }]);
      return parses(written) ? written : undefined;
    },
  };
}

function* nodesOf<Table extends TableShape>(levels: readonly Level<Table>[]) {
  for (const level of levels) {
    for (const { kind, node } of walkExpression(level.expressions)) yield { node: { [kind]: node } as unknown as Node, level };
  }
}
