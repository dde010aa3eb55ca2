import { type Candidate, candidateOf } from "../candidate.ts";
import type { Facts } from "../column-facts.ts";
import { keyLists, treeWish } from "../tree-keys.ts";
import type { Wish } from "../wishes.ts";

/** B-trees over all rows that hold what a statement computes: `lower(email)`, `metadata ->> 'external_id'`. */
export function* expression(wish: Wish, facts: Facts): Generator<Candidate> {
  for (const keys of keyLists(treeWish(wish, facts))) {
    if (keys.some(({ column }) => column === undefined)) yield candidateOf(wish.table, keys);
  }
}
