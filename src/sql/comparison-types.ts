import { keepsRows, type TypeShape } from "./type-name.ts";

const numbers = { numeric: "numeric", real: "double precision", "double precision": "double precision", oid: "oid" };
const floats = { real: "double precision", "double precision": "double precision" };

/**
 * By the type of a column and of what it is compared with, the type that Postgres casts the column to, because no operator
 * of a B-tree family takes both as they are. Between types that are not here the index serves, or there is no operator.
 * Measured: the test of `query/implicit-type-mismatch` plans all pairs.
 */
const casts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  smallint: numbers,
  integer: numbers,
  bigint: numbers,
  numeric: floats,
  "character varying": { character: "character" },
  character: { text: "text" },
  "time without time zone": { "time with time zone": "time with time zone", interval: "interval" },
  bit: { "bit varying": "bit varying" },
};

/** The type that a column becomes in a comparison, if that is another than its own. */
export const castBeside = (column: TypeShape, other: TypeShape): string | undefined =>
  column.array || other.array ? undefined : casts[column.name]?.[other.name];

/** Whether an index on a column serves the column with this cast, because Postgres takes the cast for nothing. */
export function keepsIndex(column: TypeShape, cast: TypeShape): boolean {
  if (column.array === cast.array && column.name === cast.name && cast.modifiers.length === 0) return true;
  const isCitext = [column, cast].map(({ name }) => name === "citext");
  return isCitext[0] === isCitext[1] && keepsRows(column, cast);
}
