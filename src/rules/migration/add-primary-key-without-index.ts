import type { Step } from "../../migration/step.ts";
import { type AddedConstraint, addedConstraintsOf } from "../../sql/alterations.ts";
import { sql } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { migrationRule } from "../rule.ts";
import { isBound, sizedTable } from "../touched.ts";

const areNotNull = (step: Step, { table, constraint: { keys } }: AddedConstraint): boolean =>
  namesIn(keys).every((key) => step.table(table)?.columns.some(({ name, notNull }) => name === key && notNull));

/** Only where the columns are NOT NULL already: a primary key makes them so, and would read the table for it. */
function inSteps(step: Step, added: AddedConstraint): string | undefined {
  const { table, constraint } = added;
  const { conname, keys, including, deferrable } = constraint;
  const known = step.table(table);
  const columns = namesIn(keys);
  if (columns.length === 0 || !areNotNull(step, added) || including || deferrable || isBound(step) || known?.kind === "partitioned table")
    return;
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
      // What is added with it has no value yet, or one for every row.
      const looks = column || areNotNull(step, added) ? "" : " and checks it for NULL";
      yield {
        message: `Adding a primary key on ${columns} builds an index over all of ${name}${looks}, under an ACCESS EXCLUSIVE lock that blocks every read and write.`,
        span,
        object: table.toString(),
        ...known,
        fix: inSteps(step, added),
      };
    }
  },
});
