import { nameOfRange } from "../../sql/alterations.ts";
import { sql } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { placeOf, sizedTable } from "../touched.ts";

export default migrationRule({
  id: "migration/refresh-matview-not-concurrent",
  severity: "warning",

  *check(step) {
    if (!("RefreshMatViewStmt" in step.statement.tree)) return;
    const { relation, concurrent, skipData } = step.statement.tree.RefreshMatViewStmt;
    if (!relation || concurrent || skipData) return;
    const view = nameOfRange(relation);
    if (step.isNew(view)) return;

    const { name, known } = sizedTable(step, view);
    const isReady = step.table(view)?.indexes.some(({ unique, where, keys }) => unique && where === undefined && keys.every(isColumn));
    yield {
      message: `REFRESH MATERIALIZED VIEW holds an ACCESS EXCLUSIVE lock on ${name} while its query runs: nobody can read it meanwhile.`,
      span: placeOf(step),
      object: view.toString(),
      ...known,
      fix: isReady ? sql`refresh materialized view concurrently ${view};` : undefined,
    };
  },
});

/** CONCURRENTLY needs a unique index over plain columns and all rows. */
const isColumn = (key: string) => /^(\w+|"(?:[^"]|"")+")$/.test(key);
