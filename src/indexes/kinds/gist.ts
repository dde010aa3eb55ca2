import { type Candidate, candidateOf } from "../candidate.ts";
import type { Facts } from "../column-facts.ts";
import type { Key } from "../key.ts";
import { type AskedKey, classed, keysAsked } from "../key-type.ts";
import type { Wish } from "../wishes.ts";
import { scalarKeys, scalarTypes } from "./scalar-keys.ts";

const geometric = ["point", "box", "circle", "polygon"];
const positions = ["<<", "&<", "&>", ">>", "<<|", "&<|", "|&>", "|>>", "@>", "<@", "~=", "&&", "<^", ">^"];
const distances = new Set(["<->", "<<->", "<->>", "<<<->", "<->>>", "<=>", "<#>", "~>"]);

/** Operators of the classes that Postgres brings (https://www.postgresql.org/docs/current/gist.html#GIST-BUILTIN-OPCLASSES) and of ltree and cube. */
const ofRanges = ["&&", "@>", "<@", "-|-", "<<", ">>", "&<", "&>"];
const operators: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...geometric.map((type) => [type, positions] as const),
  ["inet", ["<<", "<<=", ">>", ">>=", "&&"]],
  ["cidr", ["<<", "<<=", ">>", ">>=", "&&"]],
  ["ltree", ["@>", "<@", "~", "?", "@"]],
  ["_ltree", ["@>", "<@", "~", "?", "@"]],
  ["cube", ["&&", "@>", "<@"]],
]);

/**
 * GiST: what lies within, overlaps or is nearest. SP-GiST is left out: it takes one column only, serves nothing of this that GiST does not,
 * and the planner costs both by one rule and tells them apart by size alone (`spgcostestimate` in src/backend/utils/adt/selfuncs.c).
 */
export function* gist(wish: Wish, facts: Facts): Generator<Candidate> {
  const near = keysAsked(wish, wish.nearest, facts).flatMap((asked) => nearest(asked, facts) ?? []);
  const within = keysAsked(wish, wish.conditions, facts).flatMap((asked) => lying(asked) ?? []);
  const scalars = scalarKeys(wish, facts, "btree_gist");
  for (const { key, extension } of [...near, ...within]) {
    const parts = { method: "gist", ...(extension !== undefined && { extension }) };
    yield candidateOf(wish.table, [key], parts);
    for (const keys of scalars) yield candidateOf(wish.table, [...keys, key], parts);
  }
}

interface Held {
  readonly key: Key;
  readonly extension?: string;
}

function lying({ key, type: { type, kind }, asked }: AskedKey): Held | undefined {
  const served = kind === "r" || kind === "m" ? ofRanges : (operators.get(type) ?? []);
  if (!asked.some(({ operator }) => served.includes(operator))) return undefined;
  // The class of inet is no default one, so that those of btree_gist stay what they were.
  return { key: type === "inet" || type === "cidr" ? { ...key, operators: "inet_ops" } : key };
}

function nearest({ key, type: { type }, asked }: AskedKey, facts: Facts): Held | undefined {
  if (!asked.some(({ operator }) => distances.has(operator))) return undefined;
  if (geometric.includes(type) || type === "cube") return { key };
  const trigrams = facts.extension("pg_trgm");
  if ((type === "text" || type === "varchar") && trigrams)
    return { key: classed(key, trigrams, "gist_trgm_ops"), ...(!trigrams.isInstalled && { extension: "pg_trgm" }) };
  // Between two numbers or times.
  return scalarTypes.has(type) && facts.extension("btree_gist")?.isInstalled ? { key } : undefined;
}
