import type { Facts } from "../column-facts.ts";
import { ascending, type Key } from "../key.ts";
import type { Wish } from "../wishes.ts";

/** Types that btree_gin and btree_gist both bring classes for, that of enums beside them (https://www.postgresql.org/docs/current/btree-gin.html, btree-gist.html). */
export const scalarTypes: ReadonlySet<string> = new Set([
  ...["int2", "int4", "int8", "float4", "float8", "numeric", "money", "oid", "text", "varchar", "bpchar", "bytea", "bit", "varbit", "uuid"],
  ...["date", "time", "timetz", "timestamp", "timestamptz", "interval", "inet", "cidr", "macaddr", "macaddr8"],
]);

/** Columns that must equal something, to stand in front of what GIN or GiST is for: the one with most values, and the two. Only with the extension. */
export function scalarKeys({ table, conditions }: Wish, facts: Facts, extension: "btree_gin" | "btree_gist"): readonly (readonly Key[])[] {
  if (!facts.extension(extension)?.isInstalled) return [];
  const equal = conditions.flatMap(({ key: { column }, operator, value, alternative }) => {
    const fact = column === undefined ? undefined : facts.column(table, column);
    if (column === undefined || !fact || operator !== "=" || value === "none" || alternative) return [];
    return scalarTypes.has(fact.type) || fact.kind === "e" ? [{ column, distinct: fact.seen?.distinct ?? 0 }] : [];
  });
  const [first, second] = new Set(equal.sort((one, other) => other.distinct - one.distinct).map(({ column }) => column));
  if (first === undefined) return [];
  return second === undefined ? [[ascending(first)]] : [[ascending(first)], [first, second].map(ascending)];
}
