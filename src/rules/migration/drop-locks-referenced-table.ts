import type { Effect, Step } from "../../migration/step.ts";
import { alterationsOf } from "../../sql/alterations.ts";
import { droppedBy } from "../../sql/dropped.ts";
import type { Name } from "../../sql/quote.ts";
import { givingUp, queueOn } from "../queue.ts";
import { migrationRule } from "../rule.ts";
import { effectOn, placeOf } from "../touched.ts";

/** Tables of which the step drops all, a column or a constraint. */
function tablesOf({ statement }: Step): readonly Name[] {
  if ("DropStmt" in statement.tree) return statement.tree.DropStmt.removeType === "OBJECT_TABLE" ? droppedBy(statement) : [];
  const drops = alterationsOf(statement).filter(
    ({ command: { subtype } }) => subtype === "AT_DropColumn" || subtype === "AT_DropConstraint",
  );
  return drops.slice(0, 1).map(({ table }) => table);
}

/** Others that it locks against everybody, because a foreign key of the table refers to them. */
function lockedBy(step: Step, table: Name): readonly Effect[] {
  const own = effectOn(step, table);
  const referenced = new Set((own?.table?.constraints ?? []).flatMap(({ references }) => references ?? []));
  return (step.effects ?? []).filter(
    (effect) => effect !== own && effect.lock === "ACCESS EXCLUSIVE" && !effect.drops && effect.table && referenced.has(effect.table.oid),
  );
}

export default migrationRule({
  id: "migration/drop-locks-referenced-table",
  severity: "warning",

  *check(step) {
    for (const table of tablesOf(step)) {
      for (const { relation } of lockedBy(step, table)) {
        const queue = queueOn(step, relation);
        if (!queue) continue;
        yield {
          message: `A foreign key of ${table} goes with this, so ${queue.name}, to which it refers, is locked ACCESS EXCLUSIVE too: while that waits for running queries, every new one on ${relation} waits behind it.`,
          span: placeOf(step),
          object: relation.toString(),
          ...queue.known,
          ...givingUp(step),
        };
      }
    }
  },
});
