import type { Node } from "@pgsql/types";
import type { Index } from "../catalog/indexes.ts";
import type { Table } from "../catalog/tables.ts";
import { parseStatements, type Statement } from "../sql/parse.ts";
import { type Definition, definitionIn } from "./definition.ts";
import { ascending, forward, type Key, keysSql, startsWith } from "./key.ts";
import { directionOf } from "./sorted-by.ts";
import type { Wish } from "./wishes.ts";

/** An index that may be worth having. */
export interface Candidate {
  readonly table: Table;
  /** Of a B-tree, up to the first that is no plain column. */
  readonly keys: readonly Key[];
  /** Undefined: a B-tree on these keys over all rows. */
  readonly definition?: Definition;
}

/** The index that a CREATE INDEX statement makes; undefined where it is none, or its table is not known. */
export function candidateIn(statement: Statement, find: (written: Written) => Table | undefined): Candidate | undefined {
  const definition = definitionIn(statement);
  if (!definition || !("IndexStmt" in statement.tree)) return undefined;
  const { relation: { schemaname, relname = "" } = {}, accessMethod = "btree", indexParams = [] } = statement.tree.IndexStmt;
  const table = find({ schema: schemaname, name: relname });
  if (!table) return undefined;
  const keys = accessMethod === "btree" ? indexParams.map(keyOf) : [];
  const plain = keys.slice(0, [...keys, undefined].indexOf(undefined));
  return { table, keys: plain.flatMap((key) => key ?? []), definition };
}

interface Written {
  readonly schema: string | undefined;
  readonly name: string;
}

/** Wider ones help ever fewer statements and cost ever more to keep. */
const MOST_KEYS = 3;

/** Every B-tree that one of the wishes names, each once, in an order that depends on nothing but the wishes. */
export function candidatesFor(wishes: readonly Wish[]): readonly Candidate[] {
  const often = countColumns(wishes);
  const found = new Map<string, Candidate>();
  for (const wish of wishes) {
    const first = (one: string, other: string) =>
      (often.get(wish.table)?.get(other) ?? 0) - (often.get(wish.table)?.get(one) ?? 0) ||
      numberOf(wish.table, one) - numberOf(wish.table, other);
    for (const keys of keysFor({ ...wish, equal: [...wish.equal].sort(first) })) {
      const candidate = { table: wish.table, keys: keys.slice(0, MOST_KEYS) };
      found.set(idOf(candidate), candidate);
    }
  }
  return [...found.values()].sort(inOrder);
}

const idOf = ({ table, keys }: Candidate): string => `${table.schema}.${table.name} (${keysSql(keys)})`;

const numberOf = (table: Table, column: string) => table.columns.find(({ name }) => name === column)?.number ?? 0;

/** In how many wishes a column must equal something: the most wanted column leads, so that one index serves several statements. */
function countColumns(wishes: readonly Wish[]): ReadonlyMap<Table, ReadonlyMap<string, number>> {
  const often = new Map<Table, Map<string, number>>();
  for (const { table, equal, joins } of wishes) {
    const counts = often.get(table) ?? new Map<string, number>();
    for (const column of new Set([...equal, ...joins.flat()])) counts.set(column, (counts.get(column) ?? 0) + 1);
    often.set(table, counts);
  }
  return often;
}

/** With the columns that are equal in front, in the order given, or with those of a join before or behind them. */
function* keysFor(wish: Wish): Generator<readonly Key[]> {
  const { equal, joins, alternatives } = wish;
  const leads = [[], equal, ...joins.flatMap((join) => [join, [...equal, ...join], [...join, ...equal]])];
  for (const lead of leads) yield* startingWith([...new Set(lead)], wish);
  for (const [position, column] of equal.entries()) {
    yield [ascending(column)];
    for (const other of equal.slice(position + 1)) yield [column, other].map(ascending);
  }
  for (const column of alternatives) yield [ascending(column)];
}

/**
 * Equality first, then one range or the order: a B-tree narrows by all leading columns that are equal and by the first that
 * is not (https://www.postgresql.org/docs/current/indexes-multicolumn.html).
 */
function* startingWith(lead: readonly string[], { ranges, orders }: Wish): Generator<readonly Key[]> {
  if (lead.length > 0) yield lead.map(ascending);
  for (const range of ranges) if (!lead.includes(range)) yield [...lead.slice(0, MOST_KEYS - 1), range].map(ascending);
  for (const order of orders) {
    const rest = order.filter(({ column }) => !lead.includes(column));
    if (rest.length > 0) yield [...lead.map(ascending), ...forward(rest)];
  }
}

function inOrder(one: Candidate, other: Candidate): number {
  const names = compare(`${one.table.schema}.${one.table.name}`, `${other.table.schema}.${other.table.name}`);
  if (names !== 0) return names;
  for (const [position, { column }] of one.keys.entries()) {
    const rival = other.keys[position];
    if (!rival) return 1;
    const distance = numberOf(one.table, column) - numberOf(other.table, rival.column);
    if (distance !== 0) return distance;
  }
  return one.keys.length - other.keys.length || compare(keysSql(one.keys), keysSql(other.keys));
}

const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);

/** A B-tree over the whole table that is there already; undefined stands for a key that is no plain column. */
export interface Existing {
  readonly name: string;
  readonly keys: readonly (Key | undefined)[];
  readonly unique: boolean;
}

/** Only those that serve any statement: valid, of all rows, sorted by the types' own order. */
export async function existingOf({ indexes }: Table): Promise<readonly Existing[]> {
  const usable = indexes.filter(
    ({ method, valid, where, operatorClasses }) =>
      method === "btree" && valid && where === undefined && !operatorClasses.some((operators) => operators.includes("pattern")),
  );
  return Promise.all(usable.map(async (index) => ({ name: index.name, unique: index.unique, keys: await keysOf(index) })));
}

/** The catalog prints a key without its direction; the definition has it. */
async function keysOf({ definition }: Index): Promise<readonly (Key | undefined)[]> {
  const [statement] = await parseStatements(definition);
  const elements = statement && "IndexStmt" in statement.tree ? (statement.tree.IndexStmt.indexParams ?? []) : [];
  return elements.map(keyOf);
}

function keyOf(element: Node): Key | undefined {
  if (!("IndexElem" in element) || element.IndexElem.name === undefined) return undefined;
  const { name, ordering, nulls_ordering } = element.IndexElem;
  return { column: name, ...directionOf(ordering, nulls_ordering) };
}

/** The index that leaves nothing for the candidate to do: it starts with the same keys, or its own few are unique already. */
export function servedBy({ keys }: Candidate, existing: readonly Existing[]): Existing | undefined {
  return existing.find((index) => startsWith(index.keys, keys) || (index.unique && isUniqueStart(index, keys)));
}

const isUniqueStart = (index: Existing, keys: readonly Key[]) => {
  const leading = keys.slice(0, index.keys.length).map(({ column }) => column);
  return index.keys.length <= keys.length && index.keys.every((key) => key !== undefined && leading.includes(key.column));
};
