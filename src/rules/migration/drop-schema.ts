import { droppedBy } from "../../sql/dropped.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

export default migrationRule({
  id: "migration/drop-schema",
  severity: "error",

  *check(step) {
    if (!("DropStmt" in step.statement.tree)) return;
    const { removeType, behavior } = step.statement.tree.DropStmt;
    const made = step.before.flatMap(({ statement: { tree } }) => ("CreateSchemaStmt" in tree ? [tree.CreateSchemaStmt.schemaname] : []));
    const schemas = droppedBy(step.statement).filter(({ name }) => !made.includes(name));
    if (removeType !== "OBJECT_SCHEMA" || schemas.length === 0) return;

    const names = schemas.join(", ");
    yield {
      message:
        behavior === "DROP_CASCADE"
          ? `DROP SCHEMA … CASCADE loses every table, view and function of ${names}, whatever they hold.`
          : `DROP SCHEMA fails as long as ${names} holds anything, and every search_path and query that still names it finds nothing from then on.`,
      span: placeOf(step),
      object: names,
      ...(behavior === "DROP_CASCADE" ? {} : { severity: "warning" as const }),
    };
  },
});
