import type { Step } from "../../migration/step.ts";
import { type AddedConstraint, addedConstraintsOf } from "../../sql/alterations.ts";
import { sql } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { migrationRule } from "../rule.ts";
import { isBound, sizedTable } from "../touched.ts";

/** The index first, then the constraint on top of it. A partitioned table takes no index that way. */
function inSteps(step: Step, { table, constraint, column }: AddedConstraint): string | undefined {
  const { conname, keys, including, nulls_not_distinct, deferrable, without_overlaps, indexspace, options } = constraint;
  const isPlain = !(including || nulls_not_distinct || deferrable || without_overlaps || indexspace || options);
  if (column || !isPlain || isBound(step) || step.table(table)?.kind === "partitioned table") return;
  const columns = namesIn(keys);
  const name = conname ?? [table.name, ...columns, "key"].join("_");
  return sql`create unique index concurrently ${name} on ${table} (${columns});
alter table ${table} add constraint ${name} unique using index ${name};`;
}

export default migrationRule({
  id: "migration/add-unique-constraint-without-index",
  severity: "error",

  *check(step) {
    for (const added of addedConstraintsOf(step.statement)) {
      const { table, constraint, column, span } = added;
      if (constraint.contype !== "CONSTR_UNIQUE" || constraint.indexname || step.isNew(table)) continue;

      const { name, known } = sizedTable(step, table);
      const columns = column?.colname ?? namesIn(constraint.keys).join(", ");
      yield {
        message: `Adding a UNIQUE constraint on ${columns} builds an index over all of ${name}, under an ACCESS EXCLUSIVE lock that blocks every read and write.`,
        span,
        object: table.toString(),
        ...known,
        fix: inSteps(step, added),
      };
    }
  },
});
