import { literal, nameOf } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

export default migrationRule({
  id: "migration/enum-value-without-position",
  severity: "info",

  *check(step) {
    const { tree } = step.statement;
    if (!("AlterEnumStmt" in tree)) return;
    const { typeName, newVal = "", newValNeighbor, oldVal } = tree.AlterEnumStmt;
    if (oldVal !== undefined || newValNeighbor !== undefined) return;
    const names = namesIn(typeName);
    const type = nameOf(names.at(-2), names.at(-1) ?? "").toString();

    yield {
      message: `${literal(newVal)} is sorted behind all values that ${type} has by then, which may be others in another database: say BEFORE or AFTER which one.`,
      span: placeOf(step),
      object: type,
    };
  },
});
