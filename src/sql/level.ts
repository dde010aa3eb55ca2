import type { Node, ResTarget, SelectStmt } from "@pgsql/types";
import { type Name, nameOf } from "./quote.ts";
import type { RelationRef } from "./relations.ts";

/** What this room asks of a table. The rules know more of it. */
export interface TableShape {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly notNull: boolean }[];
  /** As the planner counts them; undefined where nobody knows. */
  readonly rows: number | undefined;
  /** Keys as pg_get_indexdef prints them. */
  readonly indexes: readonly { readonly keys: readonly string[]; readonly valid: boolean }[];
}

export type ColumnShape = TableShape["columns"][number];

/** One SELECT (or branch of a UNION), or one INSERT, UPDATE, DELETE, MERGE, with the names that can be seen in it. */
export interface Level<Table extends TableShape> {
  /** "set" is a UNION, INTERSECT or EXCEPT: only its branches, order, limit and offset say something. */
  readonly kind: "select" | "set" | "insert" | "update" | "delete" | "merge";
  readonly place: Place;
  readonly node: Node;
  /** The level whose columns can be seen too: a correlated subquery's surroundings. */
  readonly outer: Level<Table> | undefined;
  /** What FROM (or USING, or the target of UPDATE, DELETE, MERGE) names, in the order of the text. */
  readonly items: readonly Item<Table>[];
  readonly joins: readonly Join<Table>[];
  /** The conditions that WHERE joins with AND. */
  readonly where: readonly Node[];
  readonly targets: readonly ResTarget[];
  readonly group: readonly Node[];
  readonly order: readonly Node[];
  readonly limit: Node | undefined;
  readonly offset: Node | undefined;
  /** Of a SELECT only. */
  readonly select: SelectStmt | undefined;
  readonly branches: readonly Level<Table>[];
  /** Everything of this level that is an expression. Nested levels hang in it below SubLinks; see walkExpression. */
  readonly expressions: readonly Node[];
}

export type Place = "top" | "branch" | "cte" | "from" | "exists" | "in" | "scalar" | "insert";

export interface Item<Table extends TableShape> {
  /** The alias, or the relation's name: what its columns are qualified with. Empty where nobody gave one. */
  readonly name: string;
  readonly kind: "relation" | "cte" | "subquery" | "function";
  readonly relation: RelationRef | undefined;
  /** Undefined where nobody knows the relation. */
  readonly table: Table | undefined;
  /** Of a subquery or WITH query. */
  readonly body: Level<Table> | undefined;
  /** New names for its first columns: `as x (a, b)`. */
  readonly renamed: readonly string[];
  readonly lateral: boolean;
  /** An outer join may fill all its columns with NULL. */
  readonly nullable: boolean;
  readonly node: Node;
}

export interface Join<Table extends TableShape> {
  readonly kind: "inner" | "cross" | "left" | "right" | "full";
  readonly left: readonly Item<Table>[];
  readonly right: readonly Item<Table>[];
  /** The conditions that ON joins with AND. */
  readonly on: readonly Node[];
  readonly using: readonly string[];
  readonly natural: boolean;
}

/** The conditions that AND joins, however they are put in parentheses. */
export function conjunctsOf(condition: Node | undefined): readonly Node[] {
  if (!condition) return [];
  if (!("BoolExpr" in condition) || condition.BoolExpr.boolop !== "AND_EXPR") return [condition];
  return (condition.BoolExpr.args ?? []).flatMap(conjunctsOf);
}

/** What people call an item: its table, or the alias of what has no name in the database. */
export const nameOfItem = ({ table, relation, name }: Item<TableShape>): Name =>
  table ? nameOf(table.schema, table.name) : nameOf(relation?.schema, relation?.name ?? name);

/** The name with the number of rows, where it is known: "orders (about 1,200 rows)". */
export const sizedNameOf = (item: Item<TableShape>): string =>
  item.table?.rows ? `${nameOfItem(item)} (about ${item.table.rows.toLocaleString("en-US")} rows)` : nameOfItem(item).toString();
