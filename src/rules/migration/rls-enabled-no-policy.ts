import { alterationsOf } from "../../sql/alterations.ts";
import { leftTable } from "../left.ts";
import { migrationRule } from "../rule.ts";

export default migrationRule({
  id: "migration/rls-enabled-no-policy",
  severity: "info",

  *check(step) {
    for (const { table, command, span } of alterationsOf(step.statement)) {
      const left = command.subtype === "AT_EnableRowSecurity" ? leftTable(step, table) : undefined;
      // A partition without policies is closed on purpose: its rows are read through the parent.
      if (!left?.rowSecurity || left.partition.bound !== undefined) continue;
      if (step.left?.policies.some((policy) => policy.table === left.oid && policy.permissive)) continue;

      yield {
        message: `Row-level security is on for ${table} from then on and no policy allows anything, so everybody but its owner sees it empty and is refused every insert.`,
        span,
        object: table.toString(),
        ...(!step.isNew(table) && { severity: "warning" as const }),
      };
    }
  },
});
