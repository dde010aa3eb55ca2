import type { ColumnRef, Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { bothWays, type Comparison, comparisonsIn } from "../sql/conditions.ts";
import { namesIn } from "../sql/relations.ts";
import { walkExpression } from "../sql/walk.ts";
import { conditionsIn, isList, keyOf, nearestOf, type PlacedKey } from "./conditions.ts";
import { ascending, type Key, keySql } from "./key.ts";

/** What a statement asks of one table in one place, as far as a B-tree could give it. */
export interface Wish {
  readonly table: Table;
  /** Columns that must equal something known before the table is read, or be null. */
  readonly equal: readonly string[];
  /** Those of them that must equal one of several: IN and = ANY. */
  readonly lists: readonly string[];
  readonly ranges: readonly string[];
  /** Columns that must equal those of another relation, one list for each other relation. */
  readonly joins: readonly (readonly string[])[];
  /** As far as they are keys of this relation: columns and expressions. */
  readonly orders: readonly (readonly Key[])[];
  /** Columns of conditions of which OR needs only one to hold. */
  readonly alternatives: readonly string[];
  /** Every condition on the relation that an index of some kind could hold, expressions and all operators included. */
  readonly conditions: readonly Condition[];
  /** What the results are to be nearest to: `order by embedding <-> $1`. */
  readonly nearest: readonly Condition[];
  /** The columns that are read here at all; undefined where that is the whole row, or what no index holds. */
  readonly read: readonly string[] | undefined;
}

/** One side of a comparison, or of a test such as IS NULL, that an index could hold. */
export interface Condition {
  /** A column, or an expression over columns of this relation alone. */
  readonly key: Key;
  /** As Postgres spells it: "=" for IN and = ANY too, "~~" for LIKE, "@>", "@@", "&&", "<->"; "is null", "is not null", "is true", "is false". */
  readonly operator: string;
  /** What the key is compared with. "relation": columns of other relations; "none": a test. */
  readonly value: "constant" | "parameter" | "relation" | "none";
  /** The text between the quotes of a constant of one value. */
  readonly constant: string | undefined;
  /** The condition as the predicate of a partial index says it, over bare column names; undefined unless it holds constants only. */
  readonly predicate: string | undefined;
  /** OR needs only one of several such to hold. */
  readonly alternative: boolean;
}

/** A column of a relation as it stands in a statement: a table that is named twice is two relations. */
export interface Place {
  /** The same value for the same relation. */
  readonly relation: unknown;
  readonly table: Table;
  readonly column: string;
}

export interface Sorted {
  readonly node: Node;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** The same questions, whether a parse tree or a plan asks them. */
export interface Asked {
  /** Each must hold. */
  readonly conditions: readonly Node[];
  readonly orders: readonly (readonly Sorted[])[];
  resolve(column: ColumnRef): Place | undefined;
  /** Whether the caller wrote this constant: one of a view or a policy is no predicate that could be shown. */
  isOwn(constant: string): boolean;
  /** All relations of which something is read, and which of their columns. */
  readonly reads: readonly Read[];
}

export interface Read {
  readonly relation: unknown;
  readonly table: Table;
  readonly columns: ReadonlySet<string> | "all";
}

interface Open {
  readonly table: Table;
  readonly equal: Set<string>;
  readonly lists: Set<string>;
  readonly ranges: Set<string>;
  readonly joins: Map<unknown, Set<string>>;
  readonly orders: (readonly Key[])[];
  readonly alternatives: Set<string>;
  readonly conditions: Map<string, Condition>;
  readonly nearest: Map<string, Condition>;
  read: readonly string[] | undefined;
}

type At = (relation: Pick<Place, "relation" | "table">) => Open;

export function wishesOf(asked: Asked): readonly Wish[] {
  const open = new Map<unknown, Open>();
  const at: At = ({ relation, table }) => {
    const wish = open.get(relation) ?? nothing(table);
    open.set(relation, wish);
    return wish;
  };
  for (const condition of asked.conditions) addCondition(condition, asked, at);
  for (const order of asked.orders) addOrder(order, asked, at);
  for (const read of asked.reads) if (read.columns !== "all") at(read).read = [...read.columns];
  return Array.from(open.values(), (wish) => ({
    table: wish.table,
    equal: [...wish.equal],
    lists: [...wish.lists],
    ranges: [...wish.ranges],
    joins: Array.from(wish.joins.values(), (columns) => [...columns]),
    orders: wish.orders,
    alternatives: [...wish.alternatives],
    conditions: [...wish.conditions.values()],
    nearest: [...wish.nearest.values()],
    read: wish.read,
  }));
}

function addCondition(condition: Node, asked: Asked, at: At): void {
  const { resolve } = asked;
  const bare = placeOf(bareColumn(condition), resolve);
  if (bare) at(bare).equal.add(bare.column);
  const comparisons = comparisonsIn(condition).flatMap(bothWays);
  for (const one of comparisons.flatMap((comparison) => comparedColumns(comparison, resolve) ?? [])) {
    if (isOr(condition)) at(one.first).alternatives.add(one.first.column);
    else add(one, at(one.first));
  }
  for (const { place, condition: held } of conditionsIn(condition, asked)) at(place).conditions.set(idOf(held), held);
}

function addOrder(order: readonly Sorted[], asked: Asked, at: At): void {
  const keys = keysOf(order, asked.resolve);
  const [sorted] = order;
  const [first] = keys;
  if (first) at(first.place).orders.push(keys.map(({ key }) => key));
  const near = sorted && !sorted.descending ? nearestOf(sorted.node, asked) : undefined;
  if (near) at(near.place).nearest.set(idOf(near.condition), near.condition);
}

const idOf = ({ key, ...more }: Condition) => `${keySql(key)} ${JSON.stringify(more)}`;

const nothing = (table: Table): Open => ({
  table,
  equal: new Set(),
  lists: new Set(),
  ranges: new Set(),
  joins: new Map(),
  orders: [],
  alternatives: new Set(),
  conditions: new Map(),
  nearest: new Map(),
  read: undefined,
});

type Resolve = Asked["resolve"];

/** One side of a comparison whose other side is known, or comes from other relations. */
interface Compared {
  readonly operator: string;
  /** Of several values that the columns may have. */
  readonly isList: boolean;
  readonly first: Place;
  /** More than one in a row comparison. */
  readonly columns: readonly Place[];
  /** What stands for each other relation: an alias where nobody knows it. */
  readonly others: readonly unknown[];
}

function comparedColumns({ left, right, operator, node }: Comparison, resolve: Resolve): Compared | undefined {
  const columns = columnsOf(left).map((node) => placeOf(node, resolve));
  const [first] = columns;
  if (!first || columns.some((place) => place?.relation !== first.relation)) return undefined;
  const others: readonly unknown[] = right.flatMap(columnRefs).map((column) => resolve(column)?.relation ?? namesIn(column.fields).at(-2));
  if (others.includes(first.relation)) return undefined;
  return { operator, isList: isList(node), first, columns: columns.flatMap((place) => place ?? []), others };
}

function add({ operator, isList: several, first, columns, others }: Compared, { equal, lists, ranges, joins, orders }: Open): void {
  if (columns.length > 1) orders.push(columns.map(asKey));
  if (operator === "=" && several) lists.add(first.column);
  if (operator !== "=") ranges.add(first.column);
  else if (others.length === 0) equal.add(first.column);
  else for (const other of others) joins.set(other, new Set([...(joins.get(other) ?? []), first.column]));
}

function placeOf(node: Node | undefined, resolve: Resolve): Place | undefined {
  const column = node && withoutCast(node);
  return column && "ColumnRef" in column ? resolve(column.ColumnRef) : undefined;
}

const asKey = ({ column }: Place): Key => ascending(column);

/** The columns of a row comparison, `(a, b) > (1, 2)`, or the one side of a plain one. */
const columnsOf = (node: Node): readonly Node[] => ("RowExpr" in node ? (node.RowExpr.args ?? []) : [node]);

const isOr = (node: Node) => "BoolExpr" in node && node.BoolExpr.boolop === "OR_EXPR";

/** The column of a condition without an operator: `active`, `not active`, `active is true`, `deleted_at is null`. */
function bareColumn(condition: Node): Node | undefined {
  if ("ColumnRef" in condition) return condition;
  if ("BooleanTest" in condition) return condition.BooleanTest.arg;
  if ("NullTest" in condition) return condition.NullTest.nulltesttype === "IS_NULL" ? condition.NullTest.arg : undefined;
  const isNot = "BoolExpr" in condition && condition.BoolExpr.boolop === "NOT_EXPR";
  const [negated] = isNot ? (condition.BoolExpr.args ?? []) : [];
  return negated && "ColumnRef" in negated ? negated : undefined;
}

const textTypes = new Set(["text", "varchar", "bpchar"]);

/** EXPLAIN prints a varchar column as `(status)::text`, which its index serves. */
function withoutCast(node: Node): Node {
  if (!("TypeCast" in node) || !node.TypeCast.arg) return node;
  return textTypes.has(namesIn(node.TypeCast.typeName?.names).at(-1) ?? "") ? node.TypeCast.arg : node;
}

function columnRefs(node: Node): readonly ColumnRef[] {
  return [...walkExpression(node)].flatMap((visit) => (visit.kind === "ColumnRef" ? [visit.node] : []));
}

/** The keys from the first on that are of one relation: an index can give that much of the order. */
function keysOf(order: readonly Sorted[], resolve: Resolve) {
  const keys: PlacedKey[] = [];
  for (const { node, descending, nullsFirst } of order) {
    const placed = keyOf(node, resolve);
    if (!placed || (keys[0] && keys[0].place.relation !== placed.place.relation)) break;
    if (keys.every(({ key }) => key.text !== placed.key.text)) keys.push({ ...placed, key: { ...placed.key, descending, nullsFirst } });
  }
  return keys;
}
