import * as z from "zod";
import { type Finding, finding } from "../finding.ts";
import type { Counted, Figures } from "../workload/counted.ts";
import type { Difference } from "../workload/difference.ts";
import { perDay } from "../workload/difference.ts";
import { rounded } from "./advice-statements.ts";
import type { ResponseFormat } from "./answer.ts";

const number = z.number();
const maybe = number.optional();

export const slowQuery = z.object({
  number: z.int(),
  sql: z.string().describe("Values are masked"),
  calls: number,
  total_ms: number,
  share: number.describe("Percent of the time of all statements"),
  mean_ms: number,
  stddev_ms: number,
  max_ms: maybe,
  rows_per_call: number,
  blocks_hit: number.describe("Of all calls, as those below"),
  blocks_read: number,
  blocks_written: maybe,
  temp_blocks: number,
  read_ms: maybe,
  plan_ms: maybe,
  temp_ms: maybe,
  jit_ms: maybe,
  wal_bytes: number,
  workers_planned: maybe,
  workers_launched: maybe,
  counted_since: z.string().optional(),
  within_functions: z.boolean().optional(),
  change: z.enum(["new", "slower", "faster", "as before"]).optional(),
  anew: z.boolean().optional().describe("Its counters were set back since the snapshot"),
  calls_per_day: maybe,
  total_ms_per_day: maybe,
  before: z.object({ calls: number, mean_ms: number }).optional(),
  findings: z.array(finding),
  next: z.string().describe("The call that explains it"),
});
export type SlowQuery = z.infer<typeof slowQuery>;

interface Shown {
  readonly counted: Counted;
  readonly difference: Difference | undefined;
  /** Milliseconds of all statements. */
  readonly time: number;
  readonly findings: readonly Finding[];
  /** Settings that are off leave zeros. */
  readonly timesReads: boolean;
  readonly timesPlans: boolean;
  readonly next: string;
}

/** Characters. A longer statement is written by a program, and cannot be asked about as it stands here. */
const LONGEST: Readonly<Record<ResponseFormat, number>> = { concise: 1_000, detailed: 2_000 };

export const cutText = (text: string, format: ResponseFormat) =>
  text.length <= LONGEST[format] ? text : `${text.slice(0, LONGEST[format] - 1)}…`;

export function asSlowQuery(shown: Shown, format: ResponseFormat): SlowQuery {
  const { counted, difference, time, findings, next } = shown;
  const { number, text, calls, totalTime, meanTime, stddevTime, maxTime, rows } = counted;
  return {
    number,
    sql: cutText(text, format),
    calls,
    total_ms: rounded(totalTime),
    share: Math.round((1_000 * totalTime) / Math.max(time, Number.MIN_VALUE)) / 10,
    mean_ms: thousandths(meanTime),
    stddev_ms: thousandths(stddevTime),
    ...(!difference && { max_ms: thousandths(maxTime) }),
    rows_per_call: rounded(rows / Math.max(calls, 1)),
    ...blocksOf(counted),
    ...timesOf(counted, shown),
    ...(counted.statsSince !== undefined && { counted_since: counted.statsSince }),
    ...(counted.topLevel ? {} : { within_functions: true }),
    ...(difference && changeOf(counted, difference)),
    findings: [...findings],
    next,
  };
}

const thousandths = (milliseconds: number) => Math.round(milliseconds * 1_000) / 1_000;
const known = (name: string, value: number | undefined) => (value === undefined ? {} : { [name]: rounded(value) });

const blocksOf = (counted: Figures) => ({
  blocks_hit: counted.sharedHit,
  blocks_read: counted.sharedRead,
  ...known("blocks_written", counted.sharedWritten),
  temp_blocks: counted.tempRead + counted.tempWritten,
  wal_bytes: counted.walBytes,
});

const timesOf = (counted: Figures, { timesReads, timesPlans }: Pick<Shown, "timesReads" | "timesPlans">) => ({
  ...(timesReads && { read_ms: rounded(counted.readTime), ...known("temp_ms", counted.tempTime) }),
  ...(timesPlans && known("plan_ms", counted.planTime)),
  ...known("jit_ms", counted.jitTime),
  ...known("workers_planned", counted.workersPlanned),
  ...known("workers_launched", counted.workersLaunched),
});

function changeOf({ calls, totalTime }: Figures, { kind, anew, before, period }: Difference) {
  return {
    change: kind,
    ...(anew && { anew: true }),
    ...known("calls_per_day", perDay(calls, period)),
    ...known("total_ms_per_day", perDay(totalTime, period)),
    ...(before && { before: { calls: before.calls, mean_ms: thousandths(before.meanTime) } }),
  };
}
