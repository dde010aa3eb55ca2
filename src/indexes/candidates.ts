import type { Node } from "@pgsql/types";
import type { Index } from "../catalog/indexes.ts";
import type { Table } from "../catalog/tables.ts";
import { parseStatements } from "../sql/parse.ts";
import { type Candidate, shapeOf } from "./candidate.ts";
import { ascending, type Key, keysSql, startsWith } from "./key.ts";
import { plain } from "./kinds/plain.ts";
import { directionOf } from "./sorted-by.ts";
import type { Wish } from "./wishes.ts";

/** What each kind of index offers for one wish. */
const kinds: readonly ((wish: Wish) => Iterable<Candidate>)[] = [plain];

/** Every index that one of the wishes calls for, each once, in an order that depends on nothing but the wishes. */
export function candidatesFor(wishes: readonly Wish[]): readonly Candidate[] {
  const often = countColumns(wishes);
  const found = new Map<string, Candidate>();
  for (const wish of wishes) {
    const first = (one: string, other: string) =>
      (often.get(wish.table)?.get(other) ?? 0) - (often.get(wish.table)?.get(one) ?? 0) ||
      numberOf(wish.table, one) - numberOf(wish.table, other);
    const ordered = { ...wish, equal: [...wish.equal].sort(first) };
    for (const kind of kinds) for (const candidate of kind(ordered)) if (!found.has(idOf(candidate))) found.set(idOf(candidate), candidate);
  }
  return [...found.values()].sort(inOrder);
}

const idOf = (candidate: Candidate): string => `${candidate.table.schema}.${candidate.table.name} ${shapeOf(candidate)}`;

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

function inOrder(one: Candidate, other: Candidate): number {
  const names = compare(`${one.table.schema}.${one.table.name}`, `${other.table.schema}.${other.table.name}`);
  if (names !== 0) return names;
  for (const [position, { column }] of one.keys.entries()) {
    const rival = other.keys[position];
    if (!rival) return 1;
    const distance = numberOf(one.table, column ?? "") - numberOf(other.table, rival.column ?? "");
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
  return { ...ascending(name), ...directionOf(ordering, nulls_ordering) };
}

/** The index that leaves nothing for the candidate to do: it starts with the same keys, or its own few are unique already. */
export function servedBy({ keys }: Candidate, existing: readonly Existing[]): Existing | undefined {
  return existing.find((index) => startsWith(index.keys, keys) || (index.unique && isUniqueStart(index, keys)));
}

const isUniqueStart = (index: Existing, keys: readonly Key[]) => {
  const leading = keys.slice(0, index.keys.length).map(({ column }) => column);
  return index.keys.length <= keys.length && index.keys.every((key) => key?.column !== undefined && leading.includes(key.column));
};
