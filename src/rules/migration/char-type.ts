import { columnsWritten } from "../../sql/columns-written.ts";
import { typeText } from "../../sql/type-name.ts";
import { migrationRule } from "../rule.ts";

export default migrationRule({
  id: "migration/char-type",
  severity: "info",

  *check(step) {
    for (const { table, name, type, span } of columnsWritten(step.statement)) {
      if (type.name !== "character") continue;

      yield {
        message: `${name} of ${table} is ${typeText(type)}, in which blanks at the end do not count: text compares what is written.`,
        span,
        object: `${table}.${name}`,
      };
    }
  },
});
