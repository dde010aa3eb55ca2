import type { ColumnSpread } from "../../catalog/spreads.ts";
import type { Table } from "../../catalog/tables.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";
import { count } from "../wording.ts";

/** Rows. What is misjudged on fewer costs little. */
const LARGE = 10_000;
/** Times that the rarest value in the list is more frequent than the planner takes those to be that are not in it. */
const STEEP = 20;
const MORE = 1_000;

export default schemaRule({
  id: "schema/stats-target-low-skew",
  severity: "info",

  *check({ tables, spreads, settings }) {
    const standard = Number(settings.planner.get("default_statistics_target") ?? 100);
    const byOid = new Map(tables.map((table) => [table.oid, table]));
    for (const spread of spreads) {
      const table = byOid.get(spread.table.oid);
      const column = table?.columns.find(({ name }) => name === spread.column);
      const target = column?.statisticsTarget ?? standard;
      const step = table && column && spread.common.length >= target && target < MORE ? stepBehind(spread, table) : undefined;
      if (!table || step === undefined || step < STEEP) continue;
      const name = nameOf(table.schema, table.name);
      yield {
        message: `Of ${name}.${nameOf(undefined, spread.column)} the planner knows the ${target} most common values, and takes every other one to be ${count(step)} times rarer than the last of them: those just behind it are misjudged by as much.`,
        object: `${name}.${nameOf(undefined, spread.column)}`,
        evidence: { target, step: Math.round(step) },
        fix: `${sql`alter table ${name} alter column ${spread.column} set statistics ${MORE};`}\n${sql`analyze ${name};`}`,
        undo: `${sql`alter table ${name} alter column ${spread.column} set statistics ${column?.statisticsTarget ?? -1};`}\n${sql`analyze ${name};`}`,
      };
    }
  },
});

/** As `var_eq_const` shares out what the list leaves (src/backend/utils/adt/selfuncs.c). */
function stepBehind(
  { nulls, distinct, common }: Pick<ColumnSpread, "nulls" | "distinct" | "common">,
  { rows = 0 }: Table,
): number | undefined {
  const others = (distinct < 0 ? -distinct * rows : distinct) - common.length;
  const share = 1 - nulls - common.reduce((sum, each) => sum + each, 0);
  if (rows < LARGE || others < 1 || share <= 0) return undefined;
  return (common.at(-1) ?? 0) / (share / others);
}
