import { nameOf, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/not-validated-constraint",
  severity: "warning",

  *check({ tables }) {
    for (const table of tables) {
      for (const { name, kind, validated, inherited, definition } of table.constraints) {
        if (validated || inherited) continue;
        const [on, constraint] = [nameOf(table.schema, table.name), nameOf(undefined, name)];
        // NOT ENFORCED exists from 18 on, and is somebody's decision.
        const isEnforced = !definition.endsWith("NOT ENFORCED");
        yield {
          message: isEnforced
            ? `The ${kind} ${constraint} of ${on} is NOT VALID: rows that were there before it may break it, and the planner does not trust it.`
            : `The ${kind} ${constraint} of ${on} is NOT ENFORCED: Postgres lets every row break it.`,
          object: `${on}.${constraint}`,
          ...(isEnforced ? { fix: sql`alter table ${on} validate constraint ${name};` } : { severity: "info" as const }),
        };
      }
    }
  },
});
