import type { Step } from "../../migration/step.ts";
import { givingUp } from "../queue.ts";
import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";
import { holderOf, lasting } from "../waiting.ts";

/** A statement that reads and writes rows waits alone: nobody queues behind its lock. */
const blocksOthers = new Set(["SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"]);

const giveUpAfter = ({ lockTimeout = 0 }: Step) => (lockTimeout > 0 ? lockTimeout / 1000 : Number.POSITIVE_INFINITY);

export default migrationRule({
  id: "migration/lock-queue-now",
  severity: "error",

  *check(step) {
    const waits = lasting(step).filter(({ conflict }) => conflict && blocksOthers.has(conflict.needs));
    const [first, ...more] = waits;
    if (!first?.conflict) return;
    const { relation, needs, holds } = first.conflict;
    const others = more.length === 0 ? "" : `, and so would ${more.length} more`;
    const behind = needs === "ACCESS EXCLUSIVE" ? "every query on it" : "every write to it";
    const timeout = giveUpAfter(step);
    const then = Number.isFinite(timeout)
      ? `after ${timeout} s the statement gives up`
      : `${behind} that comes later waits behind this statement`;
    yield {
      message: `Run now, this would wait: ${holderOf(first)} holds ${holds} on ${relation}${others}, and ${then}.`,
      span: placeOf(step),
      object: relation.toString(),
      severity: Number.isFinite(timeout) ? "warning" : "error",
      evidence: { ...(first.holder.pid !== undefined && { pid: first.holder.pid }), holders: waits.length },
      ...(Number.isFinite(timeout) ? {} : givingUp(step)),
    };
  },
});
