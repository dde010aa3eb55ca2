import { givingUp } from "../queue.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";
import { waitedLock } from "../waited-lock.ts";

export default migrationRule({
  id: "migration/missing-lock-timeout",
  severity: "warning",

  *check(step) {
    if ((step.lockTimeout ?? 0) > 0) return;
    const name = waitedLock(step);
    if (name === undefined) return;

    yield {
      message: `This waits for its lock on ${name} as long as it takes, because no lock_timeout is set, and meanwhile the queries that conflict with it wait behind it.`,
      span: placeOf(step),
      object: name,
      ...givingUp(step),
    };
  },
});
