import type { Plan } from "../../plan/plan.ts";
import { planRule } from "../rule.ts";
import { count, milliseconds } from "../wording.ts";

type Trigger = Plan["triggers"][number];

/** Of the time that the statement runs. */
const SHARE = 0.25;

/** Milliseconds; nobody notices less. */
const LEAST = 10;

/** Milliseconds. A foreign key that an index answers takes a few hundredths for each row; it shows in the sum only because there are many. */
const LOOKUP = 1;

export default planRule({
  id: "plan/trigger-time",
  severity: "warning",

  *check({ root, triggers, executionTime }) {
    const inTriggers = triggers.reduce((sum, { time = 0 }) => sum + time, 0);
    // auto_explain does not print how long all took.
    const whole = executionTime ?? (root.timePerLoop ?? 0) + inTriggers;
    for (const trigger of triggers) {
      const { constraint, relation, time = 0, calls } = trigger;
      if (time < LEAST || time <= SHARE * whole) continue;
      if (constraint !== undefined && (!looksForReferences(trigger, root.operation) || time < LOOKUP * calls)) continue;

      const spent = `${milliseconds(time)} of ${milliseconds(whole)} in ${count(calls)} ${calls === 1 ? "call" : "calls"}`;
      yield {
        ...(constraint === undefined ? ofUser(trigger, spent) : ofForeignKey(trigger, spent)),
        object: constraint ?? relation,
        evidence: { time, executionTime: whole, calls },
      };
    }
  },
});

const ofUser = ({ name, relation }: Trigger, spent: string) => ({
  severity: "info" as const,
  message: `Trigger ${name}${relation === undefined ? "" : ` on ${relation}`} takes ${spent}.`,
});

const ofForeignKey = ({ constraint, relation }: Trigger, spent: string) => ({
  message: `Foreign key ${constraint} takes ${spent} to find the rows that refer to each changed row${relation === undefined ? "" : ` of ${relation}`}; an index on the referring columns makes that a look-up.`,
});

/** The trigger on the referenced table is called `…_a_…` (`CreateFKCheckTrigger` in src/backend/commands/tablecmds.c), and only it fires on DELETE. */
const looksForReferences = ({ name }: Trigger, operation: string | undefined) =>
  name === undefined ? operation === "Delete" : name.startsWith("RI_ConstraintTrigger_a_");
