import type { VariableSetStmt } from "@pgsql/types";
import type { Step } from "../../migration/step.ts";
import { raw, sql } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

const isTransactions = ({ kind, name = "" }: VariableSetStmt) => kind === "VAR_SET_MULTI" && name === "TRANSACTION";

/** The same for the rest of the session. */
const forSession = ({ statement: { text } }: Step): string => sql`${raw(text.replace(/^set\s+local/i, "set"))};`;

export default migrationRule({
  id: "migration/set-local-outside-transaction",
  severity: "warning",

  *check(step) {
    const { tree } = step.statement;
    if (!("VariableSetStmt" in tree) || step.inTransaction) return;
    const { is_local, name = "" } = tree.VariableSetStmt;
    if (isTransactions(tree.VariableSetStmt)) {
      yield {
        message: "No transaction is open here, so SET TRANSACTION changes nothing and only warns: put it after BEGIN.",
        span: placeOf(step),
      };
      return;
    }
    if (!is_local) return;

    yield {
      message: `No transaction is open here, so SET LOCAL ${name} changes nothing and only warns: what follows runs without it.`,
      span: placeOf(step),
      object: name,
      fix: forSession(step),
    };
  },
});
