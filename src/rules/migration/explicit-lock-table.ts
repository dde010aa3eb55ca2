import { nameOfRange } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";
import { placeOf, sizedTable } from "../touched.ts";

/** By the numbers of src/include/storage/lockdefs.h: those that conflict with the ROW EXCLUSIVE of every INSERT, UPDATE and DELETE. */
const blocking: Readonly<Record<number, string>> = { 5: "SHARE", 6: "SHARE ROW EXCLUSIVE", 7: "EXCLUSIVE", 8: "ACCESS EXCLUSIVE" };

export default migrationRule({
  id: "migration/explicit-lock-table",
  severity: "warning",

  *check(step) {
    if (!("LockStmt" in step.statement.tree)) return;
    const { relations = [], mode = 0 } = step.statement.tree.LockStmt;
    const lock = blocking[mode];
    const tables = relations.flatMap((node) => ("RangeVar" in node ? [nameOfRange(node.RangeVar)] : []));
    const old = tables.filter((table) => !step.isNew(table));
    if (lock === undefined || old.length === 0) return;

    yield {
      message: `LOCK TABLE keeps ${article(lock)} ${lock} lock on ${old.map((table) => sizedTable(step, table).name).join(", ")} until the transaction ends, which blocks every ${lock === "ACCESS EXCLUSIVE" ? "read and write" : "write"} to it.`,
      span: placeOf(step),
      object: old.join(", "),
    };
  },
});

const article = (lock: string) => (lock.startsWith("S") ? "a" : "an");
