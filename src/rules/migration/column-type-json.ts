import { columnsWritten } from "../../sql/columns-written.ts";
import { migrationRule } from "../rule.ts";

export default migrationRule({
  id: "migration/column-type-json",
  severity: "info",

  *check(step) {
    for (const { table, name, type, span } of columnsWritten(step.statement)) {
      if (type.name !== "json") continue;

      yield {
        message: `${name} of ${table} is json, which has no equality: DISTINCT, GROUP BY and UNION over it fail, and no index helps to look into it, as it does with jsonb.`,
        span,
        object: `${table}.${name}`,
      };
    }
  },
});
