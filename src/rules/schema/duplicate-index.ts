import type { Index } from "../../catalog/indexes.ts";
import { indexShape } from "../../sql/index-shape.ts";
import { nameOf, raw, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/duplicate-index",
  severity: "warning",

  *check({ tables }) {
    for (const table of tables) {
      for (const [kept, ...others] of alike(table.indexes)) {
        const copies = others.filter(({ constraint }) => !constraint);
        if (!kept || copies.length === 0) continue;
        const isPartitioned = table.kind === "partitioned table";
        yield {
          message: `${copies.map(named).join(" and ")} on ${nameOf(table.schema, table.name)} ${copies.length === 1 ? "holds" : "hold"} exactly what ${named(kept)} holds, so every write pays again and no query gains.`,
          object: `${nameOf(table.schema, table.name)}`,
          evidence: { bytes: copies.reduce((sum, { bytes }) => sum + bytes, 0) },
          ...(!isPartitioned && {
            fix: copies.map((index) => sql`drop index concurrently ${nameOf(index.schema, index.name)};`).join("\n"),
            undo: copies.map(({ definition }) => sql`${raw(definition.replace(/ INDEX /, " INDEX CONCURRENTLY "))};`).join("\n"),
          }),
        };
      }
    }
  },
});

const named = ({ name }: Index) => `${nameOf(undefined, name)}`;

/** Groups of indexes that differ in nothing but their name, the one to keep first: a constraint's own, then the one that is used most. */
function alike(indexes: readonly Index[]): readonly (readonly Index[])[] {
  const groups = new Map<string, Index[]>();
  for (const index of indexes) {
    const shape = indexShape(index.definition);
    if (!index.valid || index.parent !== undefined || !shape) continue;
    const key = JSON.stringify(shape);
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) =>
      group.toSorted((a, b) => Number(b.primary) - Number(a.primary) || Number(b.constraint) - Number(a.constraint) || a.oid - b.oid),
    );
}
