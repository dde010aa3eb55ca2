import type { Step } from "../../migration/step.ts";
import { type AddedConstraint, addedConstraintsOf } from "../../sql/alterations.ts";
import { sql } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { migrationRule } from "../rule.ts";
import { sizedTable } from "../touched.ts";

/** Only where the columns are NOT NULL already: a primary key makes them so, and would read the table for it. */
function inSteps(step: Step, { table, constraint: { conname, keys, including, deferrable } }: AddedConstraint): string | undefined {
  const known = step.table(table);
  const columns = namesIn(keys);
  const areNotNull = columns.every((key) => known?.columns.some(({ name, notNull }) => name === key && notNull));
  if (columns.length === 0 || !areNotNull || including || deferrable || step.inTransaction || known?.kind === "partitioned table") return;
  const name = conname ?? `${table.name}_pkey`;
  return sql`create unique index concurrently ${name} on ${table} (${columns});
alter table ${table} add constraint ${name} primary key using index ${name};`;
}

export default migrationRule({
  id: "migration/add-primary-key-without-index",
  severity: "error",

  *check(step) {
    for (const added of addedConstraintsOf(step.statement)) {
      const { table, constraint, column, span } = added;
      if (constraint.contype !== "CONSTR_PRIMARY" || constraint.indexname || step.isNew(table)) continue;

      const { name, known } = sizedTable(step, table);
      const columns = column?.colname ?? namesIn(constraint.keys).join(", ");
      yield {
        message: `Adding a primary key on ${columns} builds an index over all of ${name} and checks it for NULL, under an ACCESS EXCLUSIVE lock that blocks every read and write.`,
        span,
        object: table.toString(),
        ...known,
        fix: inSteps(step, added),
      };
    }
  },
});
