import { alterationsOf } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";
import { sizedTable } from "../touched.ts";

export default migrationRule({
  id: "migration/drop-column",
  severity: "error",

  *check(step) {
    for (const { table, command, span } of alterationsOf(step.statement)) {
      if (command.subtype !== "AT_DropColumn" || step.isNew(table)) continue;

      yield {
        message: `Dropping ${command.name} loses its values in ${sizedTable(step, table).name}, and every query that still names it fails from then on.`,
        span,
        object: `${table}.${command.name}`,
      };
    }
  },
});
