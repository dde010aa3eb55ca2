import { droppedBy } from "../../sql/dropped.ts";
import { nameOf, sql } from "../../sql/quote.ts";
import { queueOn } from "../queue.ts";
import { migrationRule } from "../rule.ts";
import { isBound, placeOf } from "../touched.ts";

export default migrationRule({
  id: "migration/drop-partition-locks-parent",
  severity: "warning",

  *check(step) {
    if (!("DropStmt" in step.statement.tree) || step.statement.tree.DropStmt.removeType !== "OBJECT_TABLE" || step.refused) return;
    for (const partition of droppedBy(step.statement)) {
      const table = step.table(partition);
      const [found] = table?.partition.bound === undefined ? [] : table.parents;
      if (!found) continue;
      const parent = nameOf(found.schema, found.name);
      const queue = queueOn(step, parent);
      if (!queue) continue;

      yield {
        message: `DROP TABLE of ${partition} takes an ACCESS EXCLUSIVE lock on ${queue.name} too: while it waits for running queries, every new one on any partition waits behind it.`,
        span: placeOf(step),
        object: parent.toString(),
        ...queue.known,
        ...(!isBound(step) && {
          fix: sql`alter table ${parent} detach partition ${partition} concurrently;\ndrop table ${partition};`,
        }),
      };
    }
  },
});
