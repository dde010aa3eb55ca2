import { usageRule } from "../rule.ts";
import { count, milliseconds } from "../wording.ts";

/** Of fewer calls, the deviation is chance. */
const CALLS = 20;
/** Deviation for the mean. What waits at random, like the time between two calls of a Poisson process, has 1. */
const SPREAD = 2;
/** Milliseconds, of the slowest call: below that nobody waits. */
const FELT = 500;

export default usageRule({
  id: "query/high-variance",
  severity: "info",

  *check({ counted: { number, calls, totalTime, meanTime, stddevTime, maxTime }, knowsSlowest }) {
    if (!knowsSlowest || calls < CALLS || maxTime < FELT || stddevTime < SPREAD * meanTime) return;
    // One slow call, of a cold cache or behind a lock, is no habit.
    const others = calls - 1;
    const mean = (totalTime - maxTime) / others;
    const squares = calls * (stddevTime ** 2 + meanTime ** 2) - maxTime ** 2;
    const deviation = Math.sqrt(Math.max(0, squares / others - mean ** 2));
    if (deviation < SPREAD * mean || deviation * others < FELT) return;
    yield {
      message: `#${number} is quick for some values and slow for others, or waits at times: ${milliseconds(meanTime)} on average over ${count(calls)} calls, deviation ${milliseconds(stddevTime)}, at most ${milliseconds(maxTime)}.`,
      evidence: { statement: number, mean_ms: meanTime, stddev_ms: stddevTime, max_ms: maxTime, calls },
    };
  },
});
