import { usageRule } from "../rule.ts";
import { count, milliseconds } from "../wording.ts";

/** Blocks not found in shared buffers, of all that were asked for. */
const MISSED = 0.1;
/** Blocks: of all calls together, and of a call on average. */
const FELT = 100_000;
const EACH = 100;
/** Of its time. */
const READING = 0.5;

export default usageRule({
  id: "query/cache-miss-query",
  severity: "info",

  *check({ counted: { number, calls, sharedHit, sharedRead, readTime, totalTime }, timesReads }) {
    const missed = sharedRead / Math.max(sharedHit + sharedRead, 1);
    const each = sharedRead / Math.max(calls, 1);
    if (missed < MISSED || sharedRead < FELT || each < EACH) return;
    const reading = timesReads ? readTime / Math.max(totalTime, Number.MIN_VALUE) : undefined;
    const percent = Math.round(missed * 100);
    const cost =
      reading === undefined
        ? "the operating system may have had them"
        : `reading them took ${milliseconds(readTime / Math.max(calls, 1))} of each call`;
    yield {
      message: `#${number} reads ${count(each)} blocks a call that are not in shared buffers, ${percent} % of what it asks for; ${cost}.`,
      evidence: { statement: number, blocks_read: sharedRead, missed_percent: percent, calls },
      ...(reading !== undefined && reading >= READING && { severity: "warning" }),
    };
  },
});
