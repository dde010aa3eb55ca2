import { type Candidate, candidateOf } from "../candidate.ts";
import type { Facts } from "../column-facts.ts";
import { ascending, type Key } from "../key.ts";
import type { Condition, Wish } from "../wishes.ts";

/** Bytes: an entry of a hash index takes 27 with its free room whatever the key is, one of a B-tree 75 with a key of this width. */
const WIDE = 48;
/** Of the rows: equal keys pile up in one bucket, where a B-tree keeps them once. */
const LEAST_DISTINCT = 0.5;

const wideTypes = new Set(["text", "varchar", "bpchar", "bytea", "citext"]);

const NOTE = "a hash index finds equal values only: no order, no range, no prefix, no uniqueness, no second column, no index-only scan";

/** Hash: equality on a key so wide that a B-tree would be more than twice as large, or, beyond 2,704 bytes, could not hold it. */
export function* hash({ table, conditions }: Wish, facts: Facts): Generator<Candidate> {
  const equal = conditions.filter(isEqual).map(({ key }) => key);
  for (const column of new Set(equal.flatMap((key) => key.column ?? []))) {
    const { type = "", seen } = facts.column(table, column) ?? {};
    if (!seen || !wideTypes.has(type) || seen.width < WIDE || seen.distinct < LEAST_DISTINCT * (table.rows ?? 0)) continue;
    yield candidateOf(table, [ascending(column)], { method: "hash", notes: [NOTE] });
  }
  // How wide the text of a document's field is shows only once its statistics are reckoned in the twin; the size decides.
  for (const key of equal) if (isField(key)) yield candidateOf(table, [key], { method: "hash", notes: [NOTE] });
}

const isField = ({ column, text }: Key) => column === undefined && /#?->> ('[^']*'|[0-9]+)\)$/.test(text);

const isEqual = ({ operator, value }: Condition) => operator === "=" && value !== "none";
