import type { Step } from "../../migration/step.ts";
import { droppedBy } from "../../sql/dropped.ts";
import { type Name, raw, sql } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { isSpared, placeOf } from "../touched.ts";

const isMadeBefore = ({ before }: Step, index: Name) =>
  before.some(({ statement: { tree } }) => "IndexStmt" in tree && tree.IndexStmt.idxname === index.name);

export default migrationRule({
  id: "migration/drop-index-not-concurrent",
  severity: "warning",

  *check(step) {
    if (!("DropStmt" in step.statement.tree)) return;
    const { removeType, concurrent, missing_ok, behavior } = step.statement.tree.DropStmt;
    if (removeType !== "OBJECT_INDEX" || concurrent) return;
    const indexes = droppedBy(step.statement).filter((index) => !isMadeBefore(step, index));
    if (indexes.length === 0 || isSpared(step, ({ lock }) => lock === "ACCESS EXCLUSIVE")) return;

    const canBeConcurrent = !step.inTransaction && behavior !== "DROP_CASCADE";
    const exists = raw(missing_ok ? "if exists " : "");
    yield {
      message: `DROP INDEX takes an ACCESS EXCLUSIVE lock on the table of ${indexes.join(", ")}: while it waits for running queries, every new one waits behind it.`,
      span: placeOf(step),
      object: indexes.join(", "),
      ...(canBeConcurrent ? { fix: indexes.map((index) => sql`drop index concurrently ${exists}${index};`).join("\n") } : {}),
    };
  },
});
