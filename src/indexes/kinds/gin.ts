import { type Candidate, candidateOf } from "../candidate.ts";
import type { Facts } from "../column-facts.ts";
import type { Key } from "../key.ts";
import { type AskedKey, classed, keysAsked } from "../key-type.ts";
import { hasTrigram, isAnchored, isPrefix, mayHaveTrigram } from "../trigrams.ts";
import type { Condition, Wish } from "../wishes.ts";
import { scalarKeys } from "./scalar-keys.ts";

/** A key with its operator class, and what comes with that. */
interface Held {
  readonly key: Key;
  readonly extension?: string;
  readonly notes?: readonly string[];
}

/** GIN: what a value holds (elements, words, trigrams, keys of a document) leads to its rows. It gives no order and holds no columns. */
export function* gin(wish: Wish, facts: Facts): Generator<Candidate> {
  const { table, conditions } = wish;
  const scalars = scalarKeys(wish, facts, "btree_gin");
  const together: Held[] = [];
  const offer = (held: readonly Held[], others: readonly Key[] = []) =>
    candidateOf(table, [...others, ...held.map(({ key }) => key)], {
      method: "gin",
      notes: [...new Set(held.flatMap(({ notes = [] }) => notes))],
      ...held.map(({ extension }) => extension !== undefined && { extension }).find(Boolean),
    });
  for (const asked of keysAsked(wish, conditions, facts)) {
    const all = [...holding(asked, facts)];
    for (const held of all) {
      yield offer([held]);
      for (const keys of scalars) yield offer([held], keys);
    }
    if (all[0] && asked.asked.some(({ alternative }) => !alternative)) together.push(all[0]);
  }
  // One scan finds what all of them hold for, where two indexes would have to be combined by their bitmaps.
  if (together.length > 1) yield offer(together.slice(0, 2));
}

function* holding({ key, type: { type, element }, asked }: AskedKey, facts: Facts): Generator<Held> {
  const asks = (...operators: readonly string[]) => asked.some(({ operator }) => operators.includes(operator));
  if (element !== undefined) {
    if (asks("@>", "&&", "<@")) yield { key };
    const integers = facts.extension("intarray");
    // Its operators go before those of all arrays, which the class of all arrays knows alone.
    if (element === "int4" && integers?.isInstalled && asks("@>", "&&", "<@", "@@")) yield { key: classed(key, integers, "gin__int_ops") };
  }
  if (type === "jsonb") yield* inDocuments(key, asked);
  if (type === "tsvector" && asks("@@", "@@@")) yield { key };
  if (type === "hstore" && asks("@>", "?", "?|", "?&")) yield { key };
  if (type === "text" || type === "varchar") yield* inTexts(key, asked, facts);
}

/** Of the two classes, the one of paths is smaller and finds a whole document at once, but knows no key alone (https://www.postgresql.org/docs/current/datatype-json.html#JSON-INDEXING). */
function* inDocuments(key: Key, asked: readonly Condition[]): Generator<Held> {
  const contains = asked.filter(({ operator }) => ["@>", "@?", "@@"].includes(operator));
  const isEmptyInside = contains.some(({ constant = "" }) => /\{\s*\}|\[\s*\]/.test(constant));
  if (contains.length > 0) yield { key: { ...key, operators: "jsonb_path_ops" } };
  if (isEmptyInside || asked.some(({ operator }) => ["?", "?|", "?&"].includes(operator))) yield { key };
}

const similar = new Set(["%", "<%", "%>", "<<%", "%>>"]);

const OF_PARAMETERS = "finds only patterns that have three letters or digits in a row";

function* inTexts(key: Key, asked: readonly Condition[], facts: Facts): Generator<Held> {
  const trigrams = facts.extension("pg_trgm");
  const found = asked.filter(isFoundByTrigrams);
  if (!trigrams || found.length === 0) return;
  const isUnknown = found.some(({ operator, constant }) => constant === undefined && !similar.has(operator));
  yield {
    key: classed(key, trigrams, "gin_trgm_ops"),
    ...(isUnknown && { notes: [OF_PARAMETERS] }),
    ...(!trigrams.isInstalled && { extension: "pg_trgm" }),
  };
}

function isFoundByTrigrams({ operator, constant }: Condition): boolean {
  if (similar.has(operator)) return true;
  switch (operator) {
    case "~~":
      return constant === undefined || (hasTrigram(constant) && !isPrefix(constant));
    case "~~*":
      return constant === undefined || hasTrigram(constant);
    case "~":
      return constant === undefined || (mayHaveTrigram(constant) && !isAnchored(constant));
    case "~*":
      return constant === undefined || mayHaveTrigram(constant);
    default:
      return false;
  }
}
