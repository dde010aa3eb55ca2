import { usageRule } from "../rule.ts";
import { count, milliseconds } from "../wording.ts";

/** Of all time. The first of several that are alike has less. */
const SHARE = 0.2;
/** Milliseconds in all; of a server that hardly works, some statement always takes most. */
const FELT = 10_000;
/** Sessions that it keeps busy on average: from there on it is a part of what the server is sized for. */
const BUSY = 0.1;

export default usageRule({
  id: "query/slow-query-by-total-time",
  severity: "info",

  *check({ counted: { number, calls, totalTime, meanTime }, share, seconds }) {
    if (share < SHARE || totalTime < FELT) return;
    const sessions = seconds === undefined ? undefined : totalTime / 1_000 / Math.max(seconds, 1);
    const percent = Math.round(share * 100);
    yield {
      message: `#${number} takes ${percent} % of the time of all statements: ${count(calls)} calls of ${milliseconds(meanTime)} each.`,
      evidence: { statement: number, share: percent, total_ms: Math.round(totalTime), calls },
      ...(sessions !== undefined && sessions >= BUSY && { severity: "warning" }),
    };
  },
});
