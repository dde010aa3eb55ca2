import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";
import { waitedLock } from "../waited-lock.ts";

export default migrationRule({
  id: "migration/missing-statement-timeout",
  severity: "info",

  *check(step) {
    if ((step.statementTimeout ?? 0) > 0) return;
    const name = waitedLock(step);
    if (name === undefined) return;

    yield {
      message: `Nothing ends this if it takes longer than expected, because no statement_timeout is set: its lock on ${name} is kept until it is done.`,
      span: placeOf(step),
      object: name,
    };
  },
});
