import type { ForeignKey } from "../catalog/schema.ts";
import { keysOf } from "../rewrites/keys.ts";
import type { Dependency } from "./dependency.ts";

/** A foreign key that points at a key and at more: what points at the key decides the rest, as it does over there. */
export function fromConstraints(foreignKeys: readonly ForeignKey[]): readonly Dependency[] {
  return foreignKeys.flatMap((foreignKey) => {
    const { columns, referenced, references, constraint, name } = foreignKey;
    if (!constraint.validated || columns.some(({ notNull }) => !notNull)) return [];
    const key = keysOf(references)
      .filter((names) => names.length < referenced.length && names.every((each) => referenced.some((column) => column.name === each)))
      .toSorted((a, b) => a.length - b.length)[0];
    if (!key) return [];
    const isOfKey = (place: number) => key.includes(referenced[place]?.name ?? "");
    const determinant = columns.filter((_, place) => isOfKey(place)).map((column) => column.name);
    return columns
      .filter((_, place) => !isOfKey(place))
      .map(({ name: dependent }) => ({
        determinant,
        dependent,
        grade: "declared" as const,
        evidence: `foreign key ${name} points at a key and at more, and so keeps every copy right`,
      }));
  });
}
