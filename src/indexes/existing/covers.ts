import type { Form, Standing } from "./standing.ts";

type Keys = Form["keys"];

/** Methods whose storage parameters change what an index holds or finds: for the others they only pack it otherwise. */
const packed = new Set(["btree", "hash", "gist", "spgist", "gin"]);

/** Whether `other` holds what `index` holds, in the same order, and keeps unique whatever that keeps unique. */
export function isCopy(other: Form, index: Form): boolean {
  return (
    isAlike(other, index) &&
    keepsUnique(other, index) &&
    isSameOrder(other.keys, index.keys) &&
    other.keys.length === index.keys.length &&
    sorted(other.include) === sorted(index.include)
  );
}

const sorted = (list: readonly string[]) => list.toSorted().join();

/** Whether every scan of `index` can read `wider` instead, at the price of its greater length. */
export function covers(wider: Form, index: Form): boolean {
  if (!isAlike(wider, index) || !keepsUnique(wider, index)) return false;
  const stored = new Set([...wider.keys.map(({ what }) => what), ...wider.include]);
  return startsAs(wider, index) && index.include.every((column) => stored.has(column));
}

const isAlike = (one: Form, other: Form) =>
  one.method === other.method && one.where === other.where && (packed.has(one.method) || one.options === other.options);

function keepsUnique(other: Form, index: Form): boolean {
  if (!index.unique) return true;
  const isAsStrict = other.nullsNotDistinct === index.nullsNotDistinct && (!other.deferrable || index.deferrable);
  return other.unique && isAsStrict && other.keys.length === index.keys.length;
}

/**
 * A B-tree serves what its first keys serve, in both directions. To GIN and BRIN the place of a column makes no difference
 * (https://www.postgresql.org/docs/current/indexes-multicolumn.html).
 */
function startsAs({ method, keys }: Form, index: Form): boolean {
  if (method === "btree") return isSameOrder(keys, index.keys) || isSameOrder(keys, reversed(index.keys));
  if (method === "gin" || method === "brin") return index.keys.every(({ what }) => keys.some((key) => key.what === what));
  if (method === "gist" || method === "hash") return index.keys.every(({ what }, place) => keys[place]?.what === what);
  return false;
}

const isSameOrder = (full: Keys, start: Keys) =>
  start.every((key, place) => {
    const other = full[place];
    return other?.what === key.what && other.descending === key.descending && other.nullsFirst === key.nullsFirst;
  });

const reversed = (keys: Keys): Keys => keys.map((key) => ({ ...key, descending: !key.descending, nullsFirst: !key.nullsFirst }));

/** Of indexes that could take each other's place, the one to keep first: what more depends on than reads, then the oldest. */
export function inOrderToKeep(one: Standing, other: Standing): number {
  for (const [place, weight] of weightOf(one).entries()) {
    const difference = (weightOf(other)[place] ?? 0) - weight;
    if (difference !== 0) return difference;
  }
  return one.index.oid - other.index.oid;
}

const weightOf = ({ index, use }: Standing): readonly number[] =>
  [
    index.primary,
    index.constraint,
    index.parent !== undefined,
    index.replicaIdentity,
    use?.referenced ?? false,
    use?.clustered ?? false,
    index.unique,
  ].map(Number);
