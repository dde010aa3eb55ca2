import { migrationRule } from "../rule.ts";
import { placeOf } from "../touched.ts";
import { holderOf, lasting } from "../waiting.ts";

export default migrationRule({
  id: "migration/concurrent-index-long-transaction",
  severity: "warning",

  *check(step) {
    const waits = lasting(step).filter(({ conflict }) => conflict === undefined);
    const [first, ...more] = waits;
    if (!first) return;
    const others = more.length === 0 ? "" : `, and ${more.length} more`;
    yield {
      message: `Run now, CONCURRENTLY would wait for ${holderOf(first)}${others}: it ends only once every transaction that is older has ended, whatever that reads.`,
      span: placeOf(step),
      evidence: { ...(first.holder.pid !== undefined && { pid: first.holder.pid }), holders: waits.length },
    };
  },
});
