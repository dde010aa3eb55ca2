import type { Node } from "@pgsql/types";
import type { Table } from "../catalog/tables.ts";
import { bothWays, comparisonsIn } from "../sql/conditions.ts";
import type { Level } from "../sql/level.ts";
import type { Query } from "../sql/query.ts";
import { outputsOf, type Use } from "../sql/scope.ts";

/** What a SELECT says of one of its columns: which values it may have. */
interface Values {
  /** Undefined: of any text or number. */
  readonly texts: ReadonlySet<string> | undefined;
  /** Whole numbers, both included. */
  readonly from: number;
  readonly to: number;
  readonly isNull: "always" | "never" | "perhaps";
}

/** Whether no row of one SELECT can be a row of another, by what their conditions and constants say of one of their columns. */
export function areDisjoint(selects: readonly Level<Table>[], query: Query<Table>): boolean {
  const all = selects.map((level) => outputsOf(level)?.map(({ from }) => valuesOf(from, level, query)));
  const lists = all.flatMap((columns) => (columns ? [columns] : []));
  const places = lists[0]?.map((_, place) => place) ?? [];
  // What the constants of one are read as is decided by the others: of any other type, two texts may be one value.
  const textual = new Set(places.filter((place) => lists.every((columns) => columns[place]?.texts !== undefined)));
  const differ = (one: readonly Values[], other: readonly Values[]) =>
    places.some((place) => cannotMeet(one[place] ?? anything, other[place] ?? anything, textual.has(place)));
  return lists.length === all.length && lists.every((one, at) => lists.slice(at + 1).every((other) => differ(one, other)));
}

function cannotMeet(one: Values, other: Values, isTextual: boolean): boolean {
  const nulls = [one.isNull, other.isNull];
  if (nulls.includes("always") && nulls.includes("never")) return true;
  if (!nulls.includes("never")) return false;
  if (one.from > other.to || other.from > one.to) return true;
  return isTextual && [...(one.texts ?? [])].every((text) => !other.texts?.has(text));
}

const anything: Values = {
  texts: undefined,
  from: Number.NEGATIVE_INFINITY,
  to: Number.POSITIVE_INFINITY,
  isNull: "perhaps",
};

type Source = Use<Table> | { readonly node: Node; readonly level: Level<Table> };

function valuesOf(from: Source, level: Level<Table>, query: Query<Table>): Values {
  if ("node" in from && !("ColumnRef" in from.node)) return constantIn(from.node) ?? anything;
  const use = "node" in from ? ("ColumnRef" in from.node ? query.columnOf(from.node.ColumnRef, level) : undefined) : from;
  if (!use || use.level !== level || use.column === undefined) return anything;
  return level.where.map((condition) => toldBy(condition, use, level, query)).reduce(both, anything);
}

function constantIn(node: Node): Values | undefined {
  const number = numberIn(node);
  if (number !== undefined) return { ...anything, from: number, to: number, isNull: "never" };
  if (!("A_Const" in node)) return undefined;
  if (node.A_Const.isnull) return { ...anything, isNull: "always" };
  return node.A_Const.sval ? { ...anything, texts: new Set([node.A_Const.sval.sval ?? ""]), isNull: "never" } : undefined;
}

const numberIn = (node: Node) => ("A_Const" in node && node.A_Const.ival ? (node.A_Const.ival.ival ?? 0) : undefined);

const both = (one: Values, other: Values): Values => ({
  texts: one.texts ?? other.texts,
  from: Math.max(one.from, other.from),
  to: Math.min(one.to, other.to),
  isNull: one.isNull === "perhaps" ? other.isNull : one.isNull,
});

/** Whole numbers compare as they are written; texts only where no collation makes two of them equal. */
const isWhole = ({ column }: Use<Table>) => /^(?:smallint|integer|bigint)$/.test(column?.type ?? "");
const isText = ({ column }: Use<Table>) => /^(?:text|character varying)/.test(column?.type ?? "") && column?.collation === undefined;

function toldBy(condition: Node, use: Use<Table>, level: Level<Table>, query: Query<Table>): Values {
  const isColumn = (node: Node | undefined) => {
    const found = node && "ColumnRef" in node ? query.columnOf(node.ColumnRef, level) : undefined;
    return found?.level === use.level && found.item === use.item && found.name === use.name;
  };
  if ("NullTest" in condition && isColumn(condition.NullTest.arg))
    return { ...anything, isNull: condition.NullTest.nulltesttype === "IS_NULL" ? "always" : "never" };
  if (!("A_Expr" in condition)) return anything;
  const told = comparisonsIn(condition)
    .flatMap(bothWays)
    .filter(({ left }) => isColumn(left));
  return told.map((comparison) => within(comparison, use)).reduce(both, anything);
}

function within({ operator, right }: { readonly operator: string; readonly right: readonly Node[] }, use: Use<Table>): Values {
  const constants = right.map(constantIn);
  const known = constants.flatMap((each) => each ?? []);
  if (known.length < constants.length || known.some(({ isNull }) => isNull !== "never")) return anything;
  const texts = known.flatMap((each) => [...(each.texts ?? [])]);
  if (operator === "=" && isText(use) && texts.length === known.length) return { ...anything, texts: new Set(texts), isNull: "never" };
  if (!isWhole(use) || texts.length > 0) return anything;
  return {
    ...anything,
    ...bounds(
      operator,
      known.map(({ from }) => from),
    ),
    isNull: "never",
  };
}

function bounds(operator: string, numbers: readonly number[]): Partial<Pick<Values, "from" | "to">> {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const one: Readonly<Record<string, Partial<Pick<Values, "from" | "to">>>> = {
    "=": { from: least, to: most },
    between: { from: numbers[0] ?? least, to: numbers[1] ?? most },
    ">": { from: least + 1 },
    ">=": { from: least },
    "<": { to: least - 1 },
    "<=": { to: least },
  };
  return one[operator] ?? {};
}
