import { nameOfRange } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

export default migrationRule({
  id: "migration/truncate-cascade",
  severity: "error",

  *check(step) {
    if (!("TruncateStmt" in step.statement.tree)) return;
    const { relations = [], behavior } = step.statement.tree.TruncateStmt;
    const tables = relations.flatMap((node) => ("RangeVar" in node ? [nameOfRange(node.RangeVar)] : []));
    if (behavior !== "DROP_CASCADE" || tables.every((table) => step.isNew(table))) return;

    const named = new Set(tables.map(({ name }) => name));
    const swept = step.effects?.filter(({ relation, lock }) => lock === "ACCESS EXCLUSIVE" && !named.has(relation.name));
    if (swept?.length === 0) return;

    const others = swept ? `${swept.map(({ relation }) => relation).join(", ")}, which refer` : "every table that refers";
    yield {
      message: `TRUNCATE … CASCADE also empties ${others} to ${tables.join(", ")} by a foreign key, whatever its ON DELETE says.`,
      span: placeOf(step),
      object: tables.join(", "),
    };
  },
});
