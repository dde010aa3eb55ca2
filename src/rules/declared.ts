import type { Schema } from "../catalog/schema.ts";
import type { Table } from "../catalog/tables.ts";

/** Tables that somebody designed: a partition, or a table that inherits, has the columns of its parent. */
export const declaredTables = ({ tables }: Pick<Schema, "tables">): readonly Table[] =>
  tables.filter(({ kind, parents }) => (kind === "table" || kind === "partitioned table") && parents.length === 0);

/** By the schema they live in. */
export function bySchema<Thing extends { readonly schema: string }>(things: readonly Thing[]): ReadonlyMap<string, readonly Thing[]> {
  const groups = new Map<string, Thing[]>();
  for (const thing of things) groups.set(thing.schema, [...(groups.get(thing.schema) ?? []), thing]);
  return groups;
}
