import type { ColumnRef, Node, TypeCast, TypeName } from "@pgsql/types";
import { literal, quote } from "./quote.ts";
import { namesIn } from "./relations.ts";
import { shapeOfType, typeShape } from "./type-name.ts";

/** A column as its own table names it, with its type as `format_type` prints it. */
export interface OwnColumn {
  readonly name: string;
  readonly type: string;
}

type ColumnOf = (column: ColumnRef) => OwnColumn | undefined;

const textTypes = new Set(["text", "varchar"]);
const numeric = new Set(["int2", "int4", "int8", "numeric", "float4", "float8"]);
/** What a constant becomes by itself where it stands in a call or beside an operator. */
const silent = new Set(["text", "varchar", "bpchar", "regconfig"]);

/** Whether a cast is to text or its like. */
export const isTextCast = ({ names }: TypeName = {}): boolean => textTypes.has(namesIn(names).at(-1) ?? "");

/** What a cast is of, where Postgres adds the cast by itself. */
export function withoutCast({ arg, typeName: type }: TypeCast, columnOf: ColumnOf): string | undefined {
  if (!arg || !type || (type.typmods ?? []).length > 0) return undefined;
  if ("A_Const" in arg) return constantOf(arg.A_Const.sval?.sval, type);
  if (!("ColumnRef" in arg) || isArray(type) || !isTextCast(type)) return undefined;
  const column = columnOf(arg.ColumnRef);
  return column && isText(column) ? quote(column.name) : undefined;
}

const isArray = ({ arrayBounds = [] }: TypeName) => arrayBounds.length > 0;

const isText = ({ type }: OwnColumn) => /^(text$|character varying|character\()/.test(type);

function constantOf(value: string | undefined, type: TypeName): string | undefined {
  const name = namesIn(type.names).at(-1) ?? "";
  if (value === undefined) return undefined;
  if (isArray(type)) return name === "text" ? literal(value) : undefined;
  return silent.has(name) ? literal(value) : numberIn(value, type);
}

/** The catalog prints some numbers as text with a type. */
export const numberIn = (value: string, { names }: TypeName): string | undefined =>
  numeric.has(namesIn(names).at(-1) ?? "") && /^\d+(\.\d+)?$/.test(value) ? value : undefined;

/** A constant takes the type of the column that it is compared with. */
export function constantBeside(left: Node | undefined, right: Node | undefined, columnOf: ColumnOf): string | undefined {
  if (!left || !right || !("ColumnRef" in left) || !("TypeCast" in right)) return undefined;
  const { arg, typeName: type } = right.TypeCast;
  const column = columnOf(left.ColumnRef);
  const value = arg && "A_Const" in arg ? arg.A_Const.sval?.sval : undefined;
  return column && type && value !== undefined && isOfType(column, type) ? (numberIn(value, type) ?? literal(value)) : undefined;
}

function isOfType(column: OwnColumn, type: TypeName): boolean {
  const [own, cast] = [shapeOfType(column.type), typeShape(type)];
  return own.array === cast.array && cast.modifiers.length === 0 && lastName(own.name) === lastName(cast.name);
}

const lastName = (name: string) => name.replace(/^.*\./, "").replaceAll('"', "");
