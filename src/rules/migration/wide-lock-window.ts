import type { Step } from "../../migration/step.ts";
import type { Name } from "../../sql/quote.ts";
import { lockedAgainstAll, lockedAsWritten } from "../locks.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";

/** Those that the statement names; what hangs on them (partitions, the other side of a foreign key) is told by other rules. */
function lockedBy(step: Step): readonly Name[] {
  const locked = lockedAgainstAll(step);
  return locked.length === 0 ? [] : lockedAsWritten(step).filter((table) => locked.some((other) => isSame(table, other)));
}

const isSame = (one: Name, other: Name) => one.name === other.name && (one.schema ?? other.schema) === (other.schema ?? one.schema);

/** The first step before it that locks a table, if all that do lock the same one: further on, it has been said. */
function onlyHolder({ before }: Step): { readonly holder: Step; readonly table: Name } | undefined {
  let found: { readonly holder: Step; readonly table: Name } | undefined;
  for (const holder of before) {
    for (const table of lockedBy(holder)) {
      if (found && !isSame(found.table, table)) return undefined;
      found ??= { holder, table };
    }
  }
  return found;
}

export default migrationRule({
  id: "migration/wide-lock-window",
  severity: "info",

  *check(step) {
    if (!step.inTransaction || step.refused || (step.lockTimeout ?? 0) > 0) return;
    const locked = lockedBy(step);
    const found = locked.length > 0 ? onlyHolder(step) : undefined;
    const other = found && locked.find((table) => !isSame(table, found.table));
    if (!found || !other) return;

    const { holder, table } = found;
    yield {
      message: `While this waits for its lock on ${other}, the transaction keeps the ACCESS EXCLUSIVE lock on ${table} that statement ${holder.number} took: nobody can read or write ${table} meanwhile, and whoever takes the two the other way round ends in a deadlock.`,
      span: placeOf(step),
      object: other.toString(),
    };
  },
});
