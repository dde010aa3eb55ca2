import type { Step } from "../../migration/step.ts";
import { nameOfRange } from "../../sql/alterations.ts";
import { droppedBy } from "../../sql/dropped.ts";
import type { Name } from "../../sql/quote.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

interface Locked {
  readonly command: string;
  readonly table: Name | undefined;
  readonly effect: string;
}

function lockedBy({ statement }: Step): Locked | undefined {
  const { tree } = statement;
  if ("CreateTrigStmt" in tree && tree.CreateTrigStmt.relation) {
    const table = nameOfRange(tree.CreateTrigStmt.relation);
    return { command: "CREATE TRIGGER", table, effect: "a SHARE ROW EXCLUSIVE lock, which blocks writes," };
  }
  if (!("DropStmt" in tree) || tree.DropStmt.removeType !== "OBJECT_TRIGGER") return undefined;
  return { command: "DROP TRIGGER", table: droppedBy(statement)[0], effect: "an ACCESS EXCLUSIVE lock, which blocks reads and writes," };
}

export default migrationRule({
  id: "migration/create-trigger-lock",
  severity: "info",

  *check(step) {
    const { command, table, effect } = lockedBy(step) ?? {};
    if (!table || step.isNew(table)) return;

    yield {
      message: `${command} takes ${effect} on ${table} until the transaction ends: keep that transaction short, and set lock_timeout so that nobody queues behind it for long.`,
      span: placeOf(step),
      object: table.toString(),
    };
  },
});
