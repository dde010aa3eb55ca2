import type { Step } from "../migration/step.ts";
import { type Name, raw, sql } from "../sql/quote.ts";
import type { Problem } from "./rule.ts";
import { type Sized, sizedTable } from "./touched.ts";

/**
 * A table that a step locks for a moment only: what hurts is the wait for running queries, behind which every new one waits. Nothing
 * where the table is new or known to be small, or where the script gives the lock up in time.
 */
export function queueOn(step: Step, table: Name): Sized | undefined {
  if (step.isNew(table) || (step.lockTimeout ?? 0) > 0) return undefined;
  const { name, known } = sizedTable(step, table);
  if (known.severity === "info") return undefined;
  return { name, known: { ...known, severity: known.severity === undefined ? "info" : "warning" } };
}

/** The same statement, which gives up and may be tried again. Inside a transaction the setting belongs at its start. */
export const givingUp = ({ inTransaction, statement: { text } }: Step): Pick<Problem, "fix"> =>
  inTransaction ? {} : { fix: sql`set lock_timeout = '2s';\n${raw(text)};` };
