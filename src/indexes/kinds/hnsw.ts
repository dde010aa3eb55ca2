import { type Candidate, candidateOf } from "../candidate.ts";
import type { Facts } from "../column-facts.ts";
import { classed, keysAsked } from "../key-type.ts";
import type { Wish } from "../wishes.ts";

/** Operator classes by type and operator (https://github.com/pgvector/pgvector#hnsw). More dimensions than it takes, pgvector refuses itself. */
const classes: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ...["vector", "halfvec", "sparsevec"].map((type) => [type, distancesOf(type)] as const),
  [
    "bit",
    new Map([
      ["<~>", "bit_hamming_ops"],
      ["<%>", "bit_jaccard_ops"],
    ]),
  ],
]);

function distancesOf(type: string): ReadonlyMap<string, string> {
  const names = { "<->": "l2", "<#>": "ip", "<=>": "cosine", "<+>": "l1" };
  return new Map(Object.entries(names).map(([operator, name]) => [operator, `${type}_${name}_ops`]));
}

const APPROXIMATE = "HNSW finds neighbours approximately: some of the nearest may be missed; hnsw.ef_search trades time for fewer misses";
const FILTERED =
  "other conditions are tested on the hnsw.ef_search (40) nearest rows only, so fewer rows than LIMIT may come back, unless hnsw.iterative_scan is on (pgvector 0.8)";

/** HNSW of pgvector: the nearest vectors in the order of their distance, for a query with LIMIT. */
export function* hnsw(wish: Wish, facts: Facts): Generator<Candidate> {
  const vector = facts.extension("vector");
  if (!vector?.isInstalled) return;
  for (const { key, type, asked } of keysAsked(wish, wish.nearest, facts)) {
    const named = classes.get(type.type);
    const notes = wish.conditions.length > 0 ? [APPROXIMATE, FILTERED] : [APPROXIMATE];
    for (const operators of new Set(asked.flatMap(({ operator }) => named?.get(operator) ?? [])))
      yield candidateOf(wish.table, [classed(key, vector, operators)], { method: "hnsw", notes });
  }
}
