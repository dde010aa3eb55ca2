import { openTransactions, treesAround } from "../../sql/around.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

const opening = /^TRANS_STMT_(BEGIN|START)$/;
const closing = /^TRANS_STMT_(COMMIT|ROLLBACK|PREPARE)$/;

export default migrationRule({
  id: "migration/uncommitted-transaction",
  severity: "error",

  *check(step) {
    const { tree, text } = step.statement;
    if (!("TransactionStmt" in tree) || !opening.test(tree.TransactionStmt.kind ?? "") || step.inTransaction) return;
    const isRunners = openTransactions(step.statement) < 0;
    const isClosed = treesAround(step.statement).after.some(
      (later) => "TransactionStmt" in later && closing.test(later.TransactionStmt.kind ?? ""),
    );
    if (isRunners || isClosed) return;

    yield {
      message: `Nothing commits what ${text.toUpperCase()} opens here: when the connection ends, Postgres takes the rest of the migration back.`,
      span: placeOf(step),
    };
  },
});
