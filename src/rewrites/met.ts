import type { Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import type { Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { namesIn } from "../sql/relations.ts";
import { outputsOf, type Use } from "../sql/scope.ts";
import { walkExpression } from "../sql/walk.ts";
import { constantsOf } from "../sql/written-constants.ts";

/** What the columns of a statement are compared with, so that generated rows meet its conditions. */
export interface Met {
  /** Constants that stand in a condition with the column, or with one that it is equated with. */
  constantsOf(table: Table, column: string): readonly string[];
  /** Whether a condition asks for NULL. */
  asksNull(table: Table, column: string): boolean;
}

const idOf = (table: Table, column: string) => `${table.oid} ${column}`;

/** `tables`: all that get rows. Keys that point at one of them hold values of it. */
export function readMet(query: Query<Table>, tables: readonly Table[]): Met {
  const nodes = [...query.nodes()];
  const rootOf = groupsOf([
    ...nodes.map(({ node, level }) => equatedIn(node, level, query)),
    ...tables.flatMap((table) => pointedFrom(table, tables)),
  ]);
  const found = new Map<string, Set<string>>();
  const nulls = new Set(nodes.map(({ node, level }) => testedIn(node, level, query)));
  for (const { node, level } of nodes) {
    for (const constant of constantsIn(node)) {
      for (const id of columnsIn(node, level, query)) found.set(rootOf(id), (found.get(rootOf(id)) ?? new Set()).add(constant));
    }
  }
  return {
    constantsOf: (table, column) => [...(found.get(rootOf(idOf(table, column))) ?? [])],
    asksNull: (table, column) => nulls.has(idOf(table, column)),
  };
}

/** Of a number that is a limit, its neighbours too: what meets `> 3` is not 3. */
function constantsIn(node: Node): readonly string[] {
  if (!("A_Expr" in node)) return [];
  const constants = [...constantsOf({ tree: node })];
  const isLimit = /^[<>]=?$/.test(namesIn(node.A_Expr.name).at(-1) ?? "");
  const numbers = isLimit ? constants.filter((constant) => /^-?\d+$/.test(constant)).map(Number) : [];
  return [...constants, ...numbers.flatMap((limit) => [String(limit + 1), String(limit - 1)])];
}

const testedIn = (node: Node, level: Level<Table>, query: Query<Table>) =>
  "NullTest" in node && node.NullTest.nulltesttype === "IS_NULL" ? idIn(node.NullTest.arg, level, query) : undefined;

type Pair = readonly (string | undefined)[];

/** What stands for all that pairs join, one by one. */
function groupsOf(pairs: readonly Pair[]): (id: string) => string {
  const above = new Map<string, string>();
  const rootOf = (id: string): string => {
    const next = above.get(id);
    return next === undefined ? id : rootOf(next);
  };
  for (const [one, other] of pairs) {
    if (one !== undefined && other !== undefined && rootOf(one) !== rootOf(other)) above.set(rootOf(other), rootOf(one));
  }
  return rootOf;
}

function pointedFrom(table: Table, tables: readonly Table[]): readonly Pair[] {
  return table.constraints.flatMap(({ columns, foreignKey, references }) => {
    const parent = tables.find(({ oid }) => oid === references);
    if (!parent || !foreignKey) return [];
    return columns.map((column, place) => [idOf(table, column), idOf(parent, foreignKey.referencedColumns[place] ?? "")]);
  });
}

/** The column of a table that an expression is, through the subqueries and WITH queries that hand it on. */
function idIn(node: Node | undefined, level: Level<Table> | undefined, query: Query<Table>): string | undefined {
  const use = node && level && "ColumnRef" in node ? query.columnOf(node.ColumnRef, level) : undefined;
  return use && idOfColumn(use, query);
}

function idOfColumn({ table, name, item }: Pick<Use<Table>, "table" | "name" | "item">, query: Query<Table>): string | undefined {
  if (table) return idOf(table, name);
  const place = item.renamed.indexOf(name);
  const outputs = (item.body && outputsOf(item.body)) ?? [];
  const { from } = (place < 0 ? outputs.find((output) => output.name === name) : outputs[place]) ?? {};
  if (!from) return undefined;
  return "node" in from ? idIn(from.node, from.level, query) : idOfColumn(from, query);
}

/** `a.x = b.y`, `a.x in (select b.y …)`. */
function equatedIn(node: Node, level: Level<Table>, query: Query<Table>): Pair {
  if ("A_Expr" in node) return [idIn(node.A_Expr.lexpr, level, query), idIn(node.A_Expr.rexpr, level, query)];
  if (!("SubLink" in node) || !node.SubLink.testexpr) return [];
  const inside = query.levelOf(node.SubLink.subselect);
  return [idIn(node.SubLink.testexpr, level, query), idIn(inside?.targets[0]?.val, inside, query)];
}

const columnsIn = (node: Node, level: Level<Table>, query: Query<Table>) =>
  [...walkExpression(node)].flatMap(({ kind, node: inner }) =>
    kind === "ColumnRef" ? (idIn({ ColumnRef: inner }, level, query) ?? []) : [],
  );
