import type { ForeignKey } from "../../catalog/schema.ts";
import { nameOf } from "../../sql/quote.ts";
import { ofTable } from "../of-table.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/intersecting",
  severity: "info",

  *check({ foreignKeys }) {
    for (const key of foreignKeys) {
      const wider = ofTable(foreignKeys, key.table).find((other) => implies(other, key));
      if (!wider) continue;
      const [on, to] = [nameOf(key.table.schema, key.table.name), nameOf(key.references.schema, key.references.name)];
      yield {
        message: `${nameOf(undefined, key.name)} of ${on} checks a part of what ${nameOf(undefined, wider.name)} checks against ${to}: every write looks up the same row there twice, and every delete there looks for its rows twice.`,
        object: `${on}.${nameOf(undefined, key.name)}`,
      };
    }
  },
});

/** From one table to the same other, by the same columns to the same ones, and more. */
function implies(wider: ForeignKey, key: ForeignKey): boolean {
  if (wider.references.oid !== key.references.oid) return false;
  if (wider.columns.length <= key.columns.length) return false;
  const pairs = (each: ForeignKey) => each.columns.map(({ name }, place) => `${name} ${each.referenced[place]?.name}`);
  const known = new Set(pairs(wider));
  return pairs(key).every((pair) => known.has(pair));
}
