import { foreignKeysMadeBy } from "../../sql/foreign-keys.ts";
import { givingUp, queueOn } from "../queue.ts";
import { migrationRule } from "../rule.ts";

export default migrationRule({
  id: "migration/foreign-key-locks-parent",
  severity: "warning",

  *check(step) {
    if (step.refused) return;
    const told = new Set<string>();
    for (const { table, parent, verifies, span } of foreignKeysMadeBy(step.statement)) {
      // A key that verifies rows blocks both tables for longer: another rule tells that.
      if (parent.toString() === table.toString() || told.has(parent.toString()) || (verifies && !step.isNew(table))) continue;
      const queue = queueOn(step, parent);
      if (!queue) continue;

      told.add(parent.toString());
      yield {
        message: `The foreign key takes a SHARE ROW EXCLUSIVE lock on ${queue.name} too: while it waits for writes that run there, every other write to ${parent} waits behind it.`,
        span,
        object: parent.toString(),
        ...queue.known,
        ...givingUp(step),
      };
    }
  },
});
