import type { ForeignKey, Schema } from "../../catalog/schema.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { ofTable } from "../of-table.ts";
import { schemaRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Rows. What is misjudged on fewer costs little. */
const LARGE = 10_000;
/** Below a factor of ten the planner usually still picks the same plan. */
const FACTOR = 10;

export default schemaRule({
  id: "schema/extended-statistics-candidate",
  severity: "info",

  *check(schema) {
    for (const key of schema.foreignKeys) {
      const { table, columns, references } = key;
      const combined = combinationsOf(key, schema);
      const real = references.rows;
      if (columns.length < 2 || (table.rows ?? 0) < LARGE || combined === undefined || !real || combined < FACTOR * real) continue;
      const names = columns.map(({ name }) => name);
      if (ofTable(schema.statistics, table).some(({ columns: known }) => names.every((name) => known.includes(name)))) continue;

      const on = nameOf(table.schema, table.name);
      const made = nameOf(table.schema, `${table.name}_${names.join("_")}_stat`.slice(0, 63));
      yield {
        message: `The planner takes ${names.map((name) => `${nameOf(undefined, name)}`).join(" and ")} of ${on} for independent, ${count(combined)} combinations, while ${nameOf(references.schema, references.name)} has only ${count(real)}: a condition on both is expected to find ${count(combined / real)} times too few rows.`,
        object: `${on}.${nameOf(undefined, key.name)}`,
        evidence: { assumed: Math.round(combined), real },
        fix: `${sql`create statistics ${made} (ndistinct, dependencies, mcv) on ${names} from ${on};`}\n${sql`analyze ${on};`}`,
        undo: sql`drop statistics ${made};`,
      };
    }
  },
});

/** The product of what each column has; undefined where ANALYZE saw not all of them. */
function combinationsOf({ table, columns }: ForeignKey, { spreads }: Schema): number | undefined {
  const distinct = columns.map(({ name }) => {
    const found = ofTable(spreads, table).find((spread) => spread.column === name)?.distinct;
    return found === undefined ? Number.NaN : found < 0 ? -found * (table.rows ?? 0) : found;
  });
  const product = distinct.reduce((all, each) => all * each, 1);
  return Number.isNaN(product) ? undefined : product;
}
