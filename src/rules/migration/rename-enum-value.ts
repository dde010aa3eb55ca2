import { literal, nameOf } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

export default migrationRule({
  id: "migration/rename-enum-value",
  severity: "warning",

  *check(step) {
    if (!("AlterEnumStmt" in step.statement.tree)) return;
    const { typeName, oldVal, newVal } = step.statement.tree.AlterEnumStmt;
    if (oldVal === undefined || newVal === undefined) return;
    const names = namesIn(typeName);
    const type = nameOf(names.at(-2), names.at(-1) ?? "");

    yield {
      message: `Once ${literal(oldVal)} of ${type} is called ${literal(newVal)}, every query that still says ${literal(oldVal)} fails, and readers meet a value that they do not know.`,
      span: placeOf(step),
      object: type.toString(),
    };
  },
});
