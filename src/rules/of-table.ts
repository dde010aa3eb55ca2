import type { Oid } from "../catalog/names.ts";

interface OfTable {
  readonly table: { readonly oid: Oid };
}

const grouped = new WeakMap<readonly unknown[], ReadonlyMap<Oid, readonly unknown[]>>();

/** Those of one table. A list is gone through once, however many tables are asked for: there may be ten thousand. */
export function ofTable<Item extends OfTable>(items: readonly Item[], table: { readonly oid: Oid }): readonly Item[] {
  return ofOwner(items, table.oid, (item) => item.table.oid);
}

/** The same for what names its table otherwise; of one list always in the same way. */
export function ofOwner<Item>(items: readonly Item[], oid: Oid, ownerOf: (item: Item) => Oid | undefined): readonly Item[] {
  const known = grouped.get(items) ?? group(items, ownerOf);
  grouped.set(items, known);
  return (known.get(oid) ?? []) as readonly Item[];
}

function group<Item>(items: readonly Item[], ownerOf: (item: Item) => Oid | undefined): ReadonlyMap<Oid, readonly Item[]> {
  const groups = new Map<Oid, Item[]>();
  for (const item of items) {
    const owner = ownerOf(item);
    if (owner === undefined) continue;
    const own = groups.get(owner);
    if (own) own.push(item);
    else groups.set(owner, [item]);
  }
  return groups;
}
