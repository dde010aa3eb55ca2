/** Object identifiers of `pg_type`, which never change (src/include/catalog/pg_type.dat). */
const bool = 16;
const int8 = 20;
const int2 = 21;
const int4 = 23;
const oid = 26;
const json = 114;
const float4 = 700;
const float8 = 701;
const date = 1082;
const timestamp = 1114;
const timestamptz = 1184;
const jsonb = 3802;

type Parse = (text: string) => unknown;

/** `bigint` beyond 2^53 stays exact, as a BigInt. */
function wholeNumber(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

const scalars = new Map<number, Parse>([
  [bool, (text) => text === "t"],
  [int8, wholeNumber],
  [int2, Number],
  [int4, Number],
  [oid, Number],
  [json, JSON.parse],
  [float4, Number],
  [float8, Number],
  [date, (text) => new Date(`${text}T00:00:00Z`)],
  [timestamp, (text) => new Date(`${text.replace(" ", "T")}Z`)],
  [timestamptz, (text) => new Date(text)],
  [jsonb, JSON.parse],
]);

/** Array types of the catalog and the types of their elements; 0: elements stay text. */
const arrays = new Map<number, number>([
  [1000, bool],
  [1002, 0],
  [1003, 0],
  [1005, int2],
  [1007, int4],
  [1009, 0],
  [1015, 0],
  [1016, int8],
  [1021, float4],
  [1022, float8],
  [1028, oid],
  [1231, 0],
  [2210, 0],
  [2211, 0],
  [199, json],
  [3807, jsonb],
]);

/**
 * Makes JavaScript values of what a server sends, the same ones that the twin's engine makes, so that
 * a reader of the catalog need not know which of the two it reads. `splitArray` takes apart Postgres's
 * array text.
 */
export function parserFor(type: number, splitArray: (text: string) => unknown): Parse {
  const element = arrays.get(type);
  if (element === undefined) return scalars.get(type) ?? asText;
  const parse = scalars.get(element) ?? asText;
  return (text) => each(splitArray(text), parse);
}

const asText: Parse = (text) => text;

/** Arrays of arrays come for two dimensions, null for NULL. */
function each(value: unknown, parse: Parse): unknown {
  if (Array.isArray(value)) return value.map((element) => each(element, parse));
  return typeof value === "string" ? parse(value) : value;
}
