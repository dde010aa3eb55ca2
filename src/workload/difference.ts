import { type Counted, deviation, type Figures, squaresOf } from "./counted.ts";

/** What was counted once, and until when. Times are ISO 8601. */
export interface Period {
  readonly from: string | undefined;
  readonly to: string;
}

export interface Difference {
  readonly statement: Counted;
  /** Since the snapshot, or since its counters began anew. Without the extremes, which are not kept for a part of the time. */
  readonly figures: Figures;
  readonly before: Figures | undefined;
  readonly period: Period;
  /** Its counters were set back meanwhile: by hand, by a crash, or because it was forgotten to make room. */
  readonly anew: boolean;
  readonly kind: "new" | "slower" | "faster" | "as before";
}

interface Sides {
  readonly now: readonly Counted[];
  readonly before: readonly Counted[];
  readonly takenAt: string;
  readonly until: string;
  /** Of the counters that there are now. */
  readonly since: string | undefined;
}

/** Of each statement that was called since the snapshot. */
export function differencesBetween({ now, before, ...times }: Sides): readonly Difference[] {
  const earlier = new Map(before.map((each) => [each.text, each]));
  const counted = now.flatMap((statement) => {
    const then = earlier.get(statement.text);
    const { anew, ...period } = periodOf(statement, then, times);
    const figures = then && !anew ? less(statement, then) : statement;
    return figures.calls === 0 ? [] : [{ statement, figures, before: then, period, anew }];
  });
  const felt = Math.max(FELT, SHARE * counted.reduce((sum, { figures }) => sum + figures.totalTime, 0));
  return counted.map((each) => ({ ...each, kind: kindOf(each.figures, each.before, felt) }));
}

/** What it counts now began at the snapshot, or later where it was counted anew; nobody knows when where only its counts fell. */
function periodOf(statement: Counted, then: Counted | undefined, { takenAt, until, since }: Omit<Sides, "now" | "before">) {
  const began = [statement.statsSince, since].find((start) => start !== undefined && start > takenAt);
  const fell = then !== undefined && (statement.calls < then.calls || statement.totalTime < then.totalTime);
  const anew = then !== undefined && (began !== undefined || fell);
  return { from: began ?? (fell ? undefined : takenAt), to: until, anew };
}

/** A statement that was counted before, without what was counted then. */
function less(now: Figures, then: Figures): Figures {
  const calls = now.calls - then.calls;
  const totalTime = now.totalTime - then.totalTime;
  const known = (one: number | undefined, other: number | undefined) =>
    one === undefined || other === undefined ? undefined : Math.max(0, one - other);
  return {
    ...now,
    calls,
    totalTime,
    meanTime: totalTime / Math.max(calls, 1),
    stddevTime: deviation({ calls, totalTime, squares: squaresOf(now) - squaresOf(then) }),
    rows: Math.max(0, now.rows - then.rows),
    sharedHit: Math.max(0, now.sharedHit - then.sharedHit),
    sharedRead: Math.max(0, now.sharedRead - then.sharedRead),
    tempRead: Math.max(0, now.tempRead - then.tempRead),
    tempWritten: Math.max(0, now.tempWritten - then.tempWritten),
    walBytes: Math.max(0, now.walBytes - then.walBytes),
    readTime: Math.max(0, now.readTime - then.readTime),
    sharedWritten: known(now.sharedWritten, then.sharedWritten),
    writeTime: known(now.writeTime, then.writeTime),
    planTime: known(now.planTime, then.planTime),
    tempTime: known(now.tempTime, then.tempTime),
    jitTime: known(now.jitTime, then.jitTime),
    workersPlanned: known(now.workersPlanned, then.workersPlanned),
    workersLaunched: known(now.workersLaunched, then.workersLaunched),
  };
}

/** Means of fewer calls differ by chance. */
const CALLS = 5;
const FACTOR = 1.5;
/** Of all calls together, below which a difference is nobody's trouble: milliseconds, and a share of what all statements took. */
const FELT = 100;
const SHARE = 0.005;
/** Standard errors of the two means. */
const APART = 3;

function kindOf(now: Figures, then: Figures | undefined, felt: number): Difference["kind"] {
  if (!then) return "new";
  const ratio = now.meanTime / Math.max(then.meanTime, Number.MIN_VALUE);
  const gap = Math.abs(now.meanTime - then.meanTime);
  const error = Math.sqrt(now.stddevTime ** 2 / Math.max(now.calls, 1) + then.stddevTime ** 2 / Math.max(then.calls, 1));
  const isSure = Math.min(now.calls, then.calls) >= CALLS && gap * now.calls >= felt && gap > APART * error;
  if (!isSure || (ratio < FACTOR && ratio > 1 / FACTOR)) return "as before";
  return ratio > 1 ? "slower" : "faster";
}

const DAY = 86_400_000;
/** A shorter time is not made a day of. */
const HOUR = 3_600_000;

/** What it comes to in a day; undefined where the time is not known, or too short to tell. */
export function perDay(amount: number, { from, to }: Period): number | undefined {
  const time = from === undefined ? 0 : Date.parse(to) - Date.parse(from);
  return time < HOUR ? undefined : (amount * DAY) / time;
}
