import { nameOfRange } from "../../sql/alterations.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

export default migrationRule({
  id: "migration/create-partition-of-locks-parent",
  severity: "warning",

  *check(step) {
    if (!("CreateStmt" in step.statement.tree)) return;
    const { relation, inhRelations = [], partbound } = step.statement.tree.CreateStmt;
    const [inherited] = inhRelations;
    if (!relation || !partbound || !inherited || !("RangeVar" in inherited)) return;
    const parent = nameOfRange(inherited.RangeVar);
    if (step.isNew(parent)) return;

    const partition = nameOfRange(relation);
    yield {
      message: `CREATE TABLE … PARTITION OF takes an ACCESS EXCLUSIVE lock on ${parent}: while it waits for running queries, every new one on any partition waits behind it. ATTACH PARTITION of ${partition}, made before, lets reads and writes go on.`,
      span: placeOf(step),
      object: parent.toString(),
    };
  },
});
