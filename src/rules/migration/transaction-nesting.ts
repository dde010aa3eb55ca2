import type { TransactionStmt } from "@pgsql/types";
import type { Severity } from "../../finding.ts";
import type { Step } from "../../migration/step.ts";
import { openTransactions } from "../../sql/around.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

const opening = new Set<string | undefined>(["TRANS_STMT_BEGIN", "TRANS_STMT_START"]);
const closing = new Set<string | undefined>(["TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK"]);

interface Misfit {
  readonly message: string;
  readonly severity?: Severity;
}

function misfit(step: Step, { kind }: TransactionStmt): Misfit | undefined {
  const command = step.statement.text.toUpperCase();
  if (opening.has(kind) && step.inTransaction) {
    return {
      message: `A transaction is open already, so ${command} opens none: the next COMMIT ends the outer one, and what follows it runs without.`,
    };
  }
  if (!closing.has(kind)) return undefined;
  if (!step.inTransaction) {
    return {
      message: `No transaction is open, so ${command} does nothing: what was to be in it has been committed statement by statement.`,
    };
  }
  if (openTransactions(step.statement) > 0) return undefined;
  return {
    message: `${command} ends the transaction that the migration tool opened: what follows runs without, and what the tool notes down about this file is no longer part of it.`,
    ...(kind === "TRANS_STMT_COMMIT" ? { severity: "info" as const } : {}),
  };
}

export default migrationRule({
  id: "migration/transaction-nesting",
  severity: "warning",

  *check(step) {
    if (!("TransactionStmt" in step.statement.tree)) return;
    const found = misfit(step, step.statement.tree.TransactionStmt);
    if (found) yield { ...found, span: placeOf(step) };
  },
});
