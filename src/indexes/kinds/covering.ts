import type { Column } from "../../catalog/columns.ts";
import type { Table } from "../../catalog/tables.ts";
import { quote } from "../../sql/quote.ts";
import { type Candidate, candidateOf } from "../candidate.ts";
import type { Facts } from "../column-facts.ts";
import type { Key } from "../key.ts";
import { anyKey, fullLists, treeWish } from "../tree-keys.ts";
import type { Wish } from "../wishes.ts";

const MOST_INCLUDED = 4;
/** Bytes of one of them, and of all: with more, the index is read no faster than the table. */
const WIDEST = { one: 64, all: 96 };
/** Bytes of a value of which nobody knows the width, as the planner guesses it (`get_typavgwidth` in src/backend/utils/cache/lsyscache.c). */
const UNKNOWN_WIDTH = 32;

/** B-trees that carry all that the statement reads, so that it need not read the rows. */
export function* covering(wish: Wish, facts: Facts): Generator<Candidate> {
  const { table, read } = wish;
  if (!read) return;
  const lists = fullLists(treeWish(wish, facts));
  for (const keys of lists) yield* carrying(table, keys, read, facts);
  const any = lists.length === 0 ? anyKey(read, table, facts) : [];
  if (any.length === 1 && read.length === 1) yield candidateOf(table, any);
  else if (any.length === 1) yield* carrying(table, any, read, facts);
}

/** Nothing where the keys are all that is read, or the rest is too much to carry. `where`: the predicate, which decides the columns that it names. */
export function* carrying(table: Table, keys: readonly Key[], read: readonly string[], facts: Facts, where?: string): Generator<Candidate> {
  const include = table.columns.filter(({ name }) => read.includes(name) && keys.every(({ column }) => column !== name));
  if (include.length === 0 || include.length > MOST_INCLUDED) return;
  const widths = include.map((column) => widthOf(table, column, facts));
  const sum = widths.reduce((total, width) => total + width, 0);
  if (sum > WIDEST.all || widths.some((width) => width > WIDEST.one)) return;
  const names = include.map(({ name }) => name);
  const long = include.filter((column, place) => isUnlimited(column) && (widths[place] ?? 0) >= WORDS).map(({ name }) => name);
  const notes = long.length === 0 ? [] : [tooLong(long)];
  yield candidateOf(table, keys, { include: names, where, notes });
}

/** Documents are as long as somebody makes them. */
const documents = new Set(["json", "jsonb", "xml", "tsvector", "bytea", "hstore"]);

function widthOf(table: Table, { name, length }: Column, facts: Facts): number {
  const fact = facts.column(table, name);
  if (fact && documents.has(fact.type)) return Number.POSITIVE_INFINITY;
  return length > 0 ? length : (fact?.seen?.width ?? UNKNOWN_WIDTH);
}

/** Bytes: what is this long on average is written by people in sentences, and some of them write pages. */
const WORDS = 24;

const isUnlimited = ({ type, length }: Column) => length < 0 && !/^(numeric|character varying\(|character\(|bit)/.test(type);

/** https://www.postgresql.org/docs/current/btree.html: an entry takes at most a third of a page. */
const tooLong = (columns: readonly string[]) =>
  `a row can no longer be written if ${columns.map(quote).join(" and ")} ${columns.length === 1 ? "takes" : "take"} more than about 2,700 bytes in it, compressed`;
