import type { SchemaObject } from "../catalog-state.ts";
import { differences } from "../undo.ts";

export interface Compared {
  /** Names and places that nothing depends on but who reads them. */
  readonly harmless: readonly string[];
  readonly other: readonly string[];
}

/** How the catalog after the rewrite is different from that after the original. */
export function compared(original: readonly SchemaObject[], rewritten: readonly SchemaObject[]): Compared {
  const renamed = renamedIn(original, rewritten);
  const now = rewritten.map((object) => ({ ...object, name: renamed.get(object) ?? object.name }));
  const all = differences(original, now);
  const moved = all.filter((difference) => /^column .* is column \d+ of its table, was \d+$/s.test(difference));
  return {
    harmless: [...Array.from(renamed, ([object, name]) => `${object.kind} ${shown(object.name)} instead of ${shown(name)}`), ...moved],
    other: all.filter((difference) => !moved.includes(difference)),
  };
}

/** Names in the schema that most search paths have are told without it. */
const shown = (name: string) => name.replace(/^public\./, "");

/** Indexes and constraints that have the same definition and another name, with the name of the original. */
function renamedIn(original: readonly SchemaObject[], rewritten: readonly SchemaObject[]): ReadonlyMap<SchemaObject, string> {
  const isNamed = ({ kind }: SchemaObject) => kind === "index" || kind === "constraint";
  const idOf = ({ kind, name }: SchemaObject) => `${kind} ${name}`;
  const [had, has] = [original, rewritten].map((objects) => new Set(objects.map(idOf)));
  const gone = original.filter((object) => isNamed(object) && !has?.has(idOf(object)));
  const renamed = new Map<SchemaObject, string>();
  for (const object of rewritten.filter((object) => isNamed(object) && !had?.has(idOf(object)))) {
    const at = gone.findIndex(
      ({ kind, definition, facts }) => kind === object.kind && definition === object.definition && facts.table === object.facts.table,
    );
    const [other] = at < 0 ? [] : gone.splice(at, 1);
    if (other) renamed.set(object, other.name);
  }
  return renamed;
}
