import { columnsWritten } from "../../sql/columns-written.ts";
import { typeText } from "../../sql/type-name.ts";
import { migrationRule } from "../rule.ts";

export default migrationRule({
  id: "migration/prefer-text",
  severity: "info",

  *check(step) {
    for (const { table, name, type, span } of columnsWritten(step.statement)) {
      if (type.name !== "character varying" || type.modifiers.length === 0) continue;

      yield {
        message: `${name} of ${table} is ${typeText(type)}: text takes no more room, and a limit that is a CHECK can be narrowed later without rewriting the table.`,
        span,
        object: `${table}.${name}`,
      };
    }
  },
});
