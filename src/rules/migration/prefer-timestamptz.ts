import { columnsWritten } from "../../sql/columns-written.ts";
import { migrationRule } from "../rule.ts";

export default migrationRule({
  id: "migration/prefer-timestamptz",
  severity: "info",

  *check(step) {
    for (const { table, name, type, span } of columnsWritten(step.statement)) {
      if (type.name !== "timestamp without time zone") continue;

      yield {
        message: `${name} of ${table} is timestamp without time zone: it does not say which moment it means, and now() becomes another value in it under another TimeZone.`,
        span,
        object: `${table}.${name}`,
      };
    }
  },
});
