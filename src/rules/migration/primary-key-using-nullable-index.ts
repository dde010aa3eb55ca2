import type { Step } from "../../migration/step.ts";
import { addedConstraintsOf } from "../../sql/alterations.ts";
import { checkedBy, provesNotNull } from "../../sql/not-null-proof.ts";
import { type Name, unquote } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { isSpared, sizedTable } from "../touched.ts";

/** Columns of the index that may hold a NULL as far as the catalog says, and that no verified CHECK speaks for. */
function nullableColumns(step: Step, table: Name, indexName: string): readonly string[] {
  const known = step.table(table);
  const keys = known?.indexes.find(({ name }) => name === indexName)?.keys.map(unquote) ?? [];
  const isProven = (column: string) =>
    known?.constraints.some(({ validated, definition }) => validated && provesNotNull(checkedBy(definition), column));
  return keys.filter((key) => known?.columns.some(({ name, notNull }) => name === key && !notNull) && !isProven(key));
}

export default migrationRule({
  id: "migration/primary-key-using-nullable-index",
  severity: "error",

  *check(step) {
    if (isSpared(step, ({ scans }) => scans)) return;
    for (const { table, constraint, span } of addedConstraintsOf(step.statement)) {
      if (constraint.contype !== "CONSTR_PRIMARY" || !constraint.indexname || step.isNew(table)) continue;
      const columns = nullableColumns(step, table, constraint.indexname);
      if (columns.length === 0 && step.effects === undefined) continue;

      const { name, known } = sizedTable(step, table);
      yield {
        message: `The index ${constraint.indexname} is ready, but ${columns.join(", ") || "its column"} may hold NULL, so ADD PRIMARY KEY reads all of ${name} under an ACCESS EXCLUSIVE lock that blocks every read and write.`,
        span,
        object: table.toString(),
        ...known,
      };
    }
  },
});
