import { type Candidate, candidateOf } from "../candidate.ts";
import { ascending, forward, type Key } from "../key.ts";
import type { Wish } from "../wishes.ts";

/** Wider ones help ever fewer statements and cost ever more to keep. */
const MOST_KEYS = 3;

/** B-trees on plain columns over all rows. */
export function* plain(wish: Wish): Generator<Candidate> {
  for (const keys of keysFor(wish)) yield candidateOf(wish.table, keys.slice(0, MOST_KEYS));
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
    const rest = order.filter(({ column }) => column !== undefined && !lead.includes(column));
    if (rest.length > 0) yield [...lead.map(ascending), ...forward(rest)];
  }
}
