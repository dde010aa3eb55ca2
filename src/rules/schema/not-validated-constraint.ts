import type { Constraint } from "../../catalog/constraints.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { schemaRule } from "../rule.ts";

export default schemaRule({
  id: "schema/not-validated-constraint",
  severity: "warning",

  *check({ tables }) {
    for (const table of tables) {
      for (const constraint of table.constraints) {
        if (constraint.validated || constraint.inherited) continue;
        const [on, name] = [nameOf(table.schema, table.name), nameOf(undefined, constraint.name)];
        yield {
          message: `The ${constraint.kind} ${name} of ${on} is ${stateOf(constraint)}`,
          object: `${on}.${name}`,
          ...(isEnforced(constraint)
            ? { fix: sql`alter table ${on} validate constraint ${constraint.name};` }
            : { severity: "info" as const }),
        };
      }
    }
  },
});

/** NOT ENFORCED exists from 18 on, and is somebody's decision. */
const isEnforced = ({ definition }: Constraint) => !definition.endsWith("NOT ENFORCED");

/** The planner draws conclusions from a valid CHECK only; a foreign key helps its estimates either way. */
function stateOf(constraint: Constraint): string {
  if (!isEnforced(constraint)) return "NOT ENFORCED: Postgres lets every row break it.";
  const planner = constraint.kind === "check" ? ", and the planner does not go by it" : "";
  return `NOT VALID: Postgres never looked whether the rows that were there before it meet it${planner}.`;
}
