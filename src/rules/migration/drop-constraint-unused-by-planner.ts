import type { Constraint } from "../../catalog/constraints.ts";
import type { Table } from "../../catalog/tables.ts";
import { alterationsOf } from "../../sql/alterations.ts";
import { nameOf } from "../../sql/quote.ts";
import { leftTable } from "../left.ts";
import { migrationRule } from "../rule.ts";
import { effectOn } from "../touched.ts";

const costs: Readonly<Partial<Record<Constraint["kind"], string>>> = {
  "foreign key": "rows may refer to nothing from then on, and the planner no longer knows that each has its counterpart",
  unique: "rows may repeat from then on, and its index goes with it",
  "primary key": "rows may repeat from then on, and its index goes with it",
};

/** The same columns are held to as much by what the script leaves, or are not all there any more. */
function isReplaced({ kind, columns }: Constraint, { constraints, indexes, columns: left }: Table): boolean {
  if (!columns.every((column) => left.some(({ name }) => name === column))) return true;
  const isAlike = (others: readonly string[]) => others.length === columns.length && columns.every((column) => others.includes(column));
  if (kind === "foreign key") return constraints.some((other) => other.kind === kind && isAlike(other.columns));
  return indexes.some(
    ({ unique, valid, where, keys }) => unique && valid && where === undefined && isAlike(keys.map((key) => key.replaceAll('"', ""))),
  );
}

export default migrationRule({
  id: "migration/drop-constraint-unused-by-planner",
  severity: "warning",

  *check(step) {
    for (const { table, command, span } of alterationsOf(step.statement)) {
      const after = leftTable(step, table);
      if (command.subtype !== "AT_DropConstraint" || step.isNew(table) || !after) continue;
      const dropped = effectOn(step, table)?.table?.constraints.find(({ name }) => name === command.name);
      const cost = dropped && costs[dropped.kind];
      if (!cost || isReplaced(dropped, after)) continue;

      yield {
        message: `${nameOf(undefined, dropped.name)} is the ${dropped.kind === "unique" ? "unique constraint" : dropped.kind} on ${dropped.columns.join(", ")} of ${table}: ${cost}.`,
        span,
        object: `${table}.${nameOf(undefined, dropped.name)}`,
      };
    }
  },
});
