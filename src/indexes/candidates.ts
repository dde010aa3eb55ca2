import type { Table } from "../catalog/tables.ts";
import { type Candidate, shapeOf } from "./candidate.ts";
import type { Facts } from "./column-facts.ts";
import { keysSql } from "./key.ts";
import { brin } from "./kinds/brin.ts";
import { covering } from "./kinds/covering.ts";
import { expression } from "./kinds/expression.ts";
import { gin } from "./kinds/gin.ts";
import { gist } from "./kinds/gist.ts";
import { hash } from "./kinds/hash.ts";
import { hnsw } from "./kinds/hnsw.ts";
import { partial } from "./kinds/partial.ts";
import { pattern } from "./kinds/pattern.ts";
import { plain } from "./kinds/plain.ts";
import { type States, statesIn } from "./states.ts";
import type { Wish } from "./wishes.ts";

/** What each kind of index offers for one wish. */
const kinds: readonly ((wish: Wish, facts: Facts, states: States) => Iterable<Candidate>)[] = [
  plain,
  expression,
  partial,
  pattern,
  covering,
  gin,
  gist,
  brin,
  hash,
  hnsw,
];

export interface Proposal {
  readonly candidate: Candidate;
  /** That call for it. */
  readonly wishes: ReadonlySet<Wish>;
  /** Its place among the candidates of the wish that names it earliest, from 0. */
  readonly rank: number;
}

/** Every index that one of the wishes calls for, each once, in an order that depends on nothing but the wishes. */
export function candidatesFor(wishes: readonly Wish[], facts: Facts): readonly Proposal[] {
  const often = countColumns(wishes);
  const states = statesIn(wishes, facts);
  const found = new Map<string, { readonly candidate: Candidate; readonly wishes: Set<Wish>; rank: number }>();
  for (const wish of wishes) {
    const first = (one: string, other: string) =>
      (often.get(wish.table)?.get(other) ?? 0) - (often.get(wish.table)?.get(one) ?? 0) ||
      numberOf(wish.table, one) - numberOf(wish.table, other);
    const ordered = { ...wish, equal: [...wish.equal].sort(first) };
    for (const [rank, candidate] of kinds.flatMap((kind) => [...kind(ordered, facts, states)]).entries()) {
      const proposal = found.get(idOf(candidate)) ?? { candidate, wishes: new Set(), rank };
      proposal.wishes.add(wish);
      proposal.rank = Math.min(proposal.rank, rank);
      found.set(idOf(candidate), proposal);
    }
  }
  return [...found.values()].sort((one, other) => inOrder(one.candidate, other.candidate));
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
