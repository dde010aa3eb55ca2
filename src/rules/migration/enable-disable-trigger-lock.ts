import { alterationsOf } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";

const commands = /^AT_(Enable|Disable)(?:Always|Replica)?Trig(All|User)?$/;

export default migrationRule({
  id: "migration/enable-disable-trigger-lock",
  severity: "warning",

  *check(step) {
    for (const { table, command, span } of alterationsOf(step.statement)) {
      const [, verb, scope] = commands.exec(command.subtype ?? "") ?? [];
      if (!verb || step.isNew(table)) continue;

      const checks = verb === "Disable" && scope === "All" ? " It also switches off the checks of foreign keys." : "";
      yield {
        message: `${verb.toUpperCase()} TRIGGER takes a SHARE ROW EXCLUSIVE lock on ${table}, which blocks every write to it until the transaction ends.${checks}`,
        span,
        object: table.toString(),
      };
    }
  },
});
