import { nameOf } from "../../sql/quote.ts";
import { namesIn } from "../../sql/relations.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

export default migrationRule({
  id: "migration/enum-type-created",
  severity: "info",

  *check(step) {
    const { tree } = step.statement;
    if (!("CreateEnumStmt" in tree)) return;
    const names = namesIn(tree.CreateEnumStmt.typeName);
    const type = nameOf(names.at(-2), names.at(-1) ?? "").toString();

    yield {
      message: `A value of ${type} can be added and renamed later, but never removed or moved: a table of the values, or a CHECK, takes every change.`,
      span: placeOf(step),
      object: type,
    };
  },
});
