import type { Table } from "../../catalog/tables.ts";
import { type Candidate, candidateOf } from "../candidate.ts";
import type { Facts } from "../column-facts.ts";
import type { Key } from "../key.ts";
import type { States } from "../states.ts";
import { anyKey, fullLists, type TreeWish, treeWishWithout } from "../tree-keys.ts";
import type { Condition, Wish } from "../wishes.ts";
import { carrying } from "./covering.ts";

/** B-trees over the rows that a statement asks for whatever its parameters are: live, unread, open ones. */
export function* partial(wish: Wish, facts: Facts, states: States): Generator<Candidate> {
  const { table, read } = wish;
  const found = wish.conditions.filter((condition) => isPredicate(wish, condition, facts, states));
  for (const conditions of combinations([...new Map(found.map((each) => [each.predicate, each])).values()])) {
    const where = conditions.map(({ predicate }) => predicate).join(" and ");
    const more = read?.filter((column) => conditions.every(({ key }) => key.column !== column));
    for (const [place, keys] of keysFor(wish, conditions, facts).entries()) {
      yield candidateOf(table, keys, { where });
      if (place === 0 && more) yield* carrying(table, keys, more, facts, where);
    }
  }
}

function isPredicate({ table }: Wish, condition: Condition, facts: Facts, states: States): boolean {
  const { key, operator, alternative, predicate } = condition;
  if (alternative || predicate === undefined || key.column === undefined) return false;
  const column = table.columns.find(({ name }) => name === key.column);
  const nulls = facts.column(table, key.column)?.seen?.nulls;
  if (operator === "is null") return column?.notNull === false && nulls !== 0;
  if (operator === "is not null") return column?.notNull === false && nulls !== 0 && nulls !== 1;
  return operator.startsWith("is ") || states.isSteady(table, condition);
}

/** All together, and each alone. */
function combinations(conditions: readonly Condition[]): readonly (readonly Condition[])[] {
  const sorted = [...conditions].sort((one, other) => ((one.predicate ?? "") < (other.predicate ?? "") ? -1 : 1)).slice(0, 3);
  return sorted.length === 0 ? [] : sorted.length === 1 ? [sorted] : [sorted, ...sorted.map((condition) => [condition])];
}

/** What the predicate decides need not be a key, unless there is nothing else. */
function keysFor(wish: Wish, conditions: readonly Condition[], facts: Facts): readonly (readonly Key[])[] {
  const { table, read = [] } = wish;
  const tree = treeWishWithout(new Set(conditions.map(({ key }) => key.text)), wish, facts);
  const lists = fullLists(tree);
  if (lists.length > 0) return lists.filter((keys) => !isFound(keys, tree, table));
  const settled = conditions.flatMap(({ key }) => key.column ?? []);
  const any = anyKey([...read.filter((column) => !settled.includes(column)), ...settled], table, facts);
  return any.length > 0 ? [any] : [];
}

/** Whether a unique index of all rows finds the one row already. */
function isFound(keys: readonly Key[], { equal, joins }: TreeWish, { indexes }: Table): boolean {
  const given = new Set([...equal, ...joins.flat()].map(({ text }) => text));
  const leading = keys.map(({ text }) => text);
  return indexes.some(
    (index) =>
      index.unique &&
      index.valid &&
      index.where === undefined &&
      index.keys.every((key) => given.has(key) && leading.slice(0, index.keys.length).includes(key)),
  );
}
