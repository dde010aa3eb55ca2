import { type Candidate, candidateOf } from "../candidate.ts";
import type { Facts } from "../column-facts.ts";
import { keyLists, treeWish } from "../tree-keys.ts";
import type { Wish } from "../wishes.ts";

/** B-trees on plain columns over all rows. */
export function* plain(wish: Wish, facts: Facts): Generator<Candidate> {
  for (const keys of keyLists(treeWish(wish, facts))) {
    if (keys.every(({ column }) => column !== undefined)) yield candidateOf(wish.table, keys);
  }
}
