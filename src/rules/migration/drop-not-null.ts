import { alterationsOf } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";

export default migrationRule({
  id: "migration/drop-not-null",
  severity: "info",

  *check(step) {
    for (const { table, command, span } of alterationsOf(step.statement)) {
      if (command.subtype !== "AT_DropNotNull" || step.isNew(table)) continue;

      yield {
        message: `From now on ${command.name} of ${table} may be NULL: code that reads it must be ready for that before the first NULL is written.`,
        span,
        object: `${table}.${command.name}`,
      };
    }
  },
});
