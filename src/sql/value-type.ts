import type { A_Const, A_Expr, FuncCall, Node } from "@pgsql/types";
import type { ColumnShape, Level, TableShape } from "./level.ts";
import type { Query } from "./query.ts";
import { namesIn } from "./relations.ts";
import { shapeOfType, type TypeShape, typeShape } from "./type-name.ts";

/** The first oid of what is not Postgres's own (`FirstNormalObjectId` in src/include/access/transam.h). */
export const FIRST_OWN = 16_384;

interface Typed extends TableShape {
  readonly columns: readonly (ColumnShape & { readonly typeOid: number })[];
}

/** The type that an expression has by itself; undefined for an untyped constant or parameter, which takes that of its surroundings, and where it is not known. */
export function valueType<Table extends Typed>(node: Node | undefined, level: Level<Table>, query: Query<Table>): TypeShape | undefined {
  if (!node) return undefined;
  if ("A_Const" in node) return constantType(node.A_Const);
  if ("TypeCast" in node && node.TypeCast.typeName) return typeShape(node.TypeCast.typeName);
  if ("ColumnRef" in node) return columnType(query.columnOf(node.ColumnRef, level)?.column);
  return computedType(node, level, query);
}

function computedType<Table extends Typed>(node: Node, level: Level<Table>, query: Query<Table>): TypeShape | undefined {
  if ("FuncCall" in node) return callType(node.FuncCall, level, query);
  if ("SQLValueFunction" in node) return plain(moments[node.SQLValueFunction.op ?? ""]);
  if ("A_Expr" in node && node.A_Expr.kind === "AEXPR_OP") return resultType(node.A_Expr, level, query);
  if ("A_ArrayExpr" in node) return arrayType(node.A_ArrayExpr.elements ?? [], level, query);
  if ("CoalesceExpr" in node) return commonType(node.CoalesceExpr.args ?? [], level, query);
  return "SubLink" in node && node.SubLink.subLinkType === "EXPR_SUBLINK" ? subqueryType(node.SubLink.subselect, query) : undefined;
}

/** Of a column of a type of Postgres's own: what a domain or an enum is to an operator is not known here. */
export const columnType = (column: Typed["columns"][number] | undefined): TypeShape | undefined =>
  column && column.typeOid < FIRST_OWN ? shapeOfType(column.type) : undefined;

const plain = (name: string | undefined): TypeShape | undefined => (name === undefined ? undefined : { name, modifiers: [], array: false });

const moments: Readonly<Record<string, string>> = {
  SVFOP_CURRENT_DATE: "date",
  SVFOP_CURRENT_TIMESTAMP: "timestamp with time zone",
  SVFOP_CURRENT_TIMESTAMP_N: "timestamp with time zone",
  SVFOP_LOCALTIMESTAMP: "timestamp without time zone",
  SVFOP_LOCALTIMESTAMP_N: "timestamp without time zone",
};

/** The scanner takes what fits four bytes for an integer; `make_const` in src/backend/parser/parse_node.c tries eight before numeric. */
function constantType({ ival, fval, boolval }: A_Const): TypeShape | undefined {
  if (ival) return plain("integer");
  if (boolval) return plain("boolean");
  if (!fval) return undefined;
  const isWhole = /^-?\d+$/.test(fval.fval ?? "") && BigInt.asIntN(64, BigInt(fval.fval ?? 0)) === BigInt(fval.fval ?? 0);
  return plain(isWhole ? "bigint" : "numeric");
}

/** In all their variants. */
const returned: Readonly<Record<string, string>> = {
  extract: "numeric",
  date_part: "double precision",
  random: "double precision",
  now: "timestamp with time zone",
  transaction_timestamp: "timestamp with time zone",
  statement_timestamp: "timestamp with time zone",
  clock_timestamp: "timestamp with time zone",
  make_timestamp: "timestamp without time zone",
  make_timestamptz: "timestamp with time zone",
  make_date: "date",
  to_date: "date",
  date: "date",
  age: "interval",
  length: "integer",
  char_length: "integer",
  count: "bigint",
};

/** Of whole numbers they make what these say, and of others they keep the type. */
const widening: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  avg: { smallint: "numeric", integer: "numeric", bigint: "numeric" },
  sum: { smallint: "bigint", integer: "bigint", bigint: "numeric" },
  floor: { smallint: "double precision", integer: "double precision", bigint: "double precision" },
  max: {},
  min: {},
  abs: {},
};

function callType<Table extends Typed>({ funcname, args }: FuncCall, level: Level<Table>, query: Query<Table>): TypeShape | undefined {
  const name = namesIn(funcname).at(-1) ?? "";
  if (returned[name] !== undefined) return plain(returned[name]);
  if (name === "date_trunc") return truncatedType(valueType(args?.[1], level, query));
  const own = widening[name] && valueType(args?.[0], level, query);
  return own && plain(widening[name]?.[own.name] ?? own.name);
}

/** A date becomes a moment first. */
const truncatedType = (type: TypeShape | undefined) => (type?.name === "date" ? plain("timestamp with time zone") : type);

const wholes = ["smallint", "integer", "bigint"];
const numbers = [...wholes, "numeric", "real", "double precision"];
const timestamps = ["timestamp without time zone", "timestamp with time zone"];

function resultType<Table extends Typed>({ name, lexpr, rexpr }: A_Expr, level: Level<Table>, query: Query<Table>): TypeShape | undefined {
  const operator = namesIn(name).at(-1) ?? "";
  if (!["+", "-", "*", "/", "%"].includes(operator)) return undefined;
  const [left, right] = [valueType(lexpr, level, query), valueType(rexpr, level, query)];
  if (!left || !right) return undefined;
  if (numbers.includes(left.name) && numbers.includes(right.name))
    return plain(numbers[Math.max(numbers.indexOf(left.name), numbers.indexOf(right.name))]);
  return plain(movedType(operator, left.name, right.name));
}

/** Of dates and moments. */
function movedType(operator: string, left: string, right: string): string | undefined {
  const isMoment = (name: string) => timestamps.includes(name);
  if (operator === "-" && (left === "date" || isMoment(left)) && (right === "date" || isMoment(right)))
    return left === "date" && right === "date" ? "integer" : "interval";
  if (right === "interval") return left === "date" ? "timestamp without time zone" : left;
  return left === "date" && wholes.includes(right) ? "date" : undefined;
}

function arrayType<Table extends Typed>(elements: readonly Node[], level: Level<Table>, query: Query<Table>): TypeShape | undefined {
  const type = commonType(elements, level, query);
  return type && { ...type, array: true };
}

/** Of several values that become one type; only of numbers it is another than the first's. */
function commonType<Table extends Typed>(nodes: readonly Node[], level: Level<Table>, query: Query<Table>): TypeShape | undefined {
  const types = nodes.flatMap((node) => valueType(node, level, query) ?? []);
  const [widest] = types.toSorted((one, other) => numbers.indexOf(other.name) - numbers.indexOf(one.name));
  return widest;
}

function subqueryType<Table extends Typed>(subselect: Node | undefined, query: Query<Table>): TypeShape | undefined {
  const inside = query.levelOf(subselect);
  return inside && valueType(inside.targets[0]?.val, inside, query);
}
