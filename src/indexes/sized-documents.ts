import type { Reckoned } from "./sized.ts";
import type { ColumnFacts } from "./sized-facts.ts";
import { type Weighted, weighed } from "./sized-rows.ts";
import type { Document, Entry } from "./sized-sample.ts";
import type { Seen } from "./sized-seen.ts";

type Split = (text: string) => ReadonlyMap<string, Entry>;

/** Values of four bytes: a trigram, a hash. */
const WORD = 4;
/** `JGIN_MAXLENGTH` in src/include/utils/jsonb.h: a longer text is hashed. */
const LONGEST_TEXT = 125;

/** The documents of a column's most common values and histogram, or of what its expression makes of them; "whole" where each value is one entry. */
export async function documentsOf(column: ColumnFacts, { evaluate }: Reckoned): Promise<readonly Document[] | "whole"> {
  const { operators, takes, seen, expression, length } = column;
  const list = lists[takes];
  if (list) return (await evaluate(list(expression))).map(taken((text) => listEntries(text, length)));
  const split = splits[operators ?? ""];
  if (!split) return "whole";
  const kept = seen && weighed({ ...seen, common: seen.common.map(({ text }) => text), bounds: boundsOf(seen) }).filter(isFilled);
  return (kept ?? (await evaluate(expression))).map(taken(split));
}

const taken =
  (split: Split) =>
  ({ text, ...row }: Weighted): Document => ({ ...row, entries: text === null ? new Map() : split(text) });

const isFilled = ({ text }: Weighted) => text !== null;
const boundsOf = ({ bounds }: Seen) => bounds.filter(({ fits }) => fits).map(({ text }) => text);

/** Values of which each part is an entry, as JSON. */
const lists: Readonly<Record<string, (expression: string) => string>> = {
  tsvector: (expression) => `pg_catalog.array_to_json(pg_catalog.tsvector_to_array(${expression}))`,
  anyarray: (expression) => `pg_catalog.array_to_json(${expression})`,
};

function listEntries(text: string, length: number): ReadonlyMap<string, Entry> {
  const elements = (JSON.parse(text) as readonly unknown[]).map(String);
  return new Map(elements.map((element) => [element, { width: length > 0 ? length : Buffer.byteLength(element) + 1, place: "" }]));
}

/** As pg_trgm does: two spaces before each word and one behind it (`generate_trgm` in contrib/pg_trgm/trgm_op.c). */
function trigrams(text: string): ReadonlyMap<string, Entry> {
  const found = new Map<string, Entry>();
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    const letters = [..."  ", ...word, " "];
    for (let first = 0; first + 3 <= letters.length; first += 1)
      found.set(letters.slice(first, first + 3).join(""), { width: WORD, place: "" });
  }
  return found;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Keys and values by themselves, each marked by one byte (`gin_extract_jsonb` in src/backend/utils/adt/jsonb_gin.c). */
function jsonEntries(text: string): ReadonlyMap<string, Entry> {
  const found = new Map<string, Entry>();
  for (const { keys, value, isElement } of leavesIn(text)) {
    const place = keys.join("\0");
    const kind = typeof value === "string" && isElement ? "key" : typeof value;
    found.set(`${kind} ${value}`, { width: markedWidth(String(value)), place, value });
    for (const key of keys) found.set(`key ${key}`, { width: markedWidth(key), place: "" });
  }
  return found;
}

/** One hash for each value with the keys that lead to it (`gin_extract_jsonb_path`). */
function jsonPaths(text: string): ReadonlyMap<string, Entry> {
  const leaves = leavesIn(text).map(({ keys, value }) => ({ place: keys.join("\0"), value }));
  return new Map(leaves.map(({ place, value }) => [`${place}\0${typeof value} ${value}`, { width: WORD, place, value }]));
}

interface Leaf {
  readonly keys: readonly string[];
  readonly value: null | boolean | number | string;
  readonly isElement: boolean;
}

/** The values of a document, with the keys that lead to each. */
export const leavesIn = (text: string): readonly Leaf[] => leavesOf(JSON.parse(text) as Json);

function leavesOf(value: Json, keys: readonly string[] = [], isElement = false): readonly Leaf[] {
  if (value === null || typeof value !== "object") return [{ keys, value, isElement }];
  if (Array.isArray(value)) return value.flatMap((element: Json) => leavesOf(element, keys, true));
  return Object.entries(value).flatMap(([key, own]) => leavesOf(own, [...keys, key]));
}

const markedWidth = (text: string) => 2 + Math.min(LONGEST_TEXT, Buffer.byteLength(text));

/** `"a"=>"1", "b"=>NULL`: keys and values, each marked by one byte (contrib/hstore/hstore_gin.c). */
function hstoreEntries(text: string): ReadonlyMap<string, Entry> {
  const found = new Map<string, Entry>();
  for (const [, key = "", value = ""] of text.matchAll(/"((?:[^"\\]|\\.)*)"=>(?:"((?:[^"\\]|\\.)*)"|NULL)/g)) {
    found.set(`key ${key}`, { width: 2 + Buffer.byteLength(key), place: "" });
    found.set(`value ${value}`, { width: 2 + Buffer.byteLength(value), place: key, value });
  }
  return found;
}

const splits: Readonly<Record<string, Split>> = {
  gin_trgm_ops: trigrams,
  gist_trgm_ops: trigrams,
  jsonb_ops: jsonEntries,
  jsonb_path_ops: jsonPaths,
  gin_hstore_ops: hstoreEntries,
};
