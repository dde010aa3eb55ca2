import type { Node, TypeName } from "@pgsql/types";
import { namesIn } from "./relations.ts";

/** A type as `format_type` would print it, cut into its parts: `numeric(10,2)[]` is numeric, [10, 2], true. */
export interface TypeShape {
  readonly name: string;
  readonly modifiers: readonly number[];
  readonly array: boolean;
}

/** The grammar's own names for what the catalog prints in words. */
const printed: Readonly<Record<string, string>> = {
  int2: "smallint",
  int4: "integer",
  int: "integer",
  int8: "bigint",
  float4: "real",
  float8: "double precision",
  bool: "boolean",
  decimal: "numeric",
  varchar: "character varying",
  bpchar: "character",
  varbit: "bit varying",
  timestamp: "timestamp without time zone",
  timestamptz: "timestamp with time zone",
  time: "time without time zone",
  timetz: "time with time zone",
};

export function typeShape({ names, typmods = [], arrayBounds = [] }: TypeName): TypeShape {
  const written = namesIn(names);
  const name = written.at(-1) ?? "";
  const isOurs = written.length > 1 && written.at(-2) !== "pg_catalog";
  return {
    name: (isOurs ? undefined : printed[name]) ?? written.filter((part) => part !== "pg_catalog" && part !== "public").join("."),
    modifiers: typmods.flatMap(integerOf),
    array: arrayBounds.length > 0,
  };
}

const integerOf = (node: Node): number[] => ("A_Const" in node && node.A_Const.ival ? [node.A_Const.ival.ival ?? 0] : []);

/** "timestamp(3) with time zone" has its modifier in the middle. */
const printedType = /^(?<head>[^([]+?)(?:\((?<modifiers>[\d,]+)\))?(?<tail> with(?:out)? time zone)?(?<array>(?:\[\])*)$/;

/** Of what `format_type` printed. */
export function shapeOfType(text: string): TypeShape {
  const { head = text, modifiers = "", tail = "", array = "" } = printedType.exec(text)?.groups ?? {};
  return {
    name: `${head}${tail}`.replace(/^public\./, ""),
    modifiers: modifiers === "" ? [] : modifiers.split(",").map(Number),
    array: array !== "",
  };
}

export function typeText({ name, modifiers, array }: TypeShape): string {
  const [, head = name, tail = ""] = /^(.*?)( with(?:out)? time zone)?$/.exec(name) ?? [];
  return `${head}${modifiers.length > 0 ? `(${modifiers.join(",")})` : ""}${tail}${array ? "[]" : ""}`;
}

const serials: Readonly<Record<string, string>> = {
  serial: "integer",
  serial4: "integer",
  serial8: "bigint",
  bigserial: "bigint",
  serial2: "smallint",
  smallserial: "smallint",
};

/** Whether a type as somebody wrote it is the one that the catalog prints. A name without a schema may be of any. */
export function isSameType(written: TypeShape, printed: TypeShape): boolean {
  const name = serials[written.name] ?? written.name;
  const there = printed.name.replaceAll('"', "");
  const isNamed = name === there || (!name.includes(".") && there.endsWith(`.${name}`));
  return isNamed && written.array === printed.array && (name.startsWith("interval") || modifiersOf(written) === modifiersOf(printed));
}

const modifiersOf = ({ name, modifiers }: TypeShape) =>
  (name === "numeric" && modifiers.length === 1 ? [...modifiers, 0] : modifiers).join();

const text = new Set(["text", "character varying", "citext"]);
/** Their modifier is a limit, and a wider limit needs no look at the values. */
const limited = new Set([
  "character varying",
  "bit varying",
  "timestamp without time zone",
  "timestamp with time zone",
  "time without time zone",
  "time with time zone",
]);

/**
 * Whether the stored values of one type are values of the other as they are, so that ALTER TYPE leaves the rows alone: the binary
 * coercible types and the length coercions that the planner drops (https://www.postgresql.org/docs/current/sql-altertable.html, notes).
 */
export function keepsRows(from: TypeShape, to: TypeShape): boolean {
  if (from.array !== to.array) return false;
  if (from.name === "cidr" && to.name === "inet") return true;
  if (text.has(from.name) && text.has(to.name)) return widens(from.modifiers, to.modifiers);
  if (from.name !== to.name) return false;
  if (from.name === "numeric") return to.modifiers.length === 0 || widensNumeric(from.modifiers, to.modifiers);
  if (limited.has(from.name)) return widens(from.modifiers, to.modifiers);
  return from.modifiers.join() === to.modifiers.join();
}

const widens = ([from]: readonly number[], [to]: readonly number[]) => to === undefined || (from !== undefined && to >= from);

const widensNumeric = ([precision = 0, scale = 0]: readonly number[], [wider = 0, same = 0]: readonly number[]) =>
  precision > 0 && wider >= precision && same === scale;
