import { type Look, lookAt, type Seen, type Stage } from "./observe.ts";
import { withOwnPath } from "./own-path.ts";
import type { Effect } from "./step.ts";

/** Bytes that each of these indexes of the stage, by oid, would take over the real rows, where somebody can tell. */
export type IndexBytes = (indexes: readonly number[]) => Promise<ReadonlyMap<number, number>>;

/** By the oid of the table on the stage, and the name of the index. */
export type BuiltBytes = ReadonlyMap<number, ReadonlyMap<string, number>>;

interface Built {
  readonly before: Look;
  readonly seen: readonly Seen[];
}

/** Of the indexes that are there now, on tables that were there before and had one built. */
export async function readBuiltBytes(stage: Stage, { before, seen }: Built, indexBytes: IndexBytes | undefined): Promise<BuiltBytes> {
  const tables = new Set(seen.flatMap(({ oid, builds }) => (builds.length > 0 && before.relations.has(oid) ? [oid] : [])));
  if (!indexBytes || tables.size === 0) return new Map();
  const indexes = [...(await lookAt(stage)).relations.values()].filter(({ table }) => table !== null && tables.has(table));
  const bytes = await withOwnPath(stage, () => indexBytes(indexes.map(({ oid }) => oid)));
  const found = new Map([...tables].map((table) => [table, new Map<string, number>()]));
  for (const { oid, name, table } of indexes) {
    const known = bytes.get(oid);
    if (known !== undefined) found.get(table ?? 0)?.set(name, known);
  }
  return found;
}

/** An index that was there is taken to come out as large as it is now. */
export function withBuiltBytes(effect: Omit<Effect, "builtBytes">, built: ReadonlyMap<string, number> | undefined): Effect {
  const before = new Map(effect.table?.indexes.map(({ name, bytes }) => [name, bytes]));
  return { ...effect, builtBytes: effect.builds.map((name) => before.get(name) ?? built?.get(name)) };
}
