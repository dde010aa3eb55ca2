import { beforeAll, expect, test } from "vitest";
import { queryUsageRules } from "../../src/rules/query-usage-rules.ts";
import { run } from "../../src/rules/rule.ts";
import { parseStatements, type Statement } from "../../src/sql/parse.ts";
import type { Figures } from "../../src/workload/counted.ts";

let statement: Statement;
beforeAll(async () => {
  const [parsed] = await parseStatements("select 1");
  if (!parsed) throw new Error("no statement");
  statement = parsed;
});

/** A thousand quick calls, all of whose blocks were in shared buffers. */
const quiet: Figures = {
  calls: 1_000,
  totalTime: 1_000,
  meanTime: 1,
  minTime: 0.5,
  maxTime: 2,
  stddevTime: 0.2,
  rows: 1_000,
  sharedHit: 4_000,
  sharedRead: 0,
  tempRead: 0,
  tempWritten: 0,
  walBytes: 0,
  readTime: 0,
  topLevel: true,
};

interface Seen extends Partial<Figures> {
  readonly share?: number;
  readonly seconds?: number;
  readonly knowsSlowest?: boolean;
  readonly timesReads?: boolean;
}

/** Each finding as "severity rule: message". */
function found({ share = 0.01, seconds, knowsSlowest = true, timesReads = false, ...figures }: Seen): readonly string[] {
  const counted = { ...quiet, ...figures, number: 3, text: "select 1", statement };
  const totalTime = figures.totalTime ?? counted.calls * counted.meanTime;
  const findings = run(queryUsageRules, { counted: { ...counted, totalTime }, share, seconds, knowsSlowest, timesReads }, 18);
  return findings.map(({ severity, rule, message }) => `${severity} ${rule}: ${message}`);
}

test("a quiet statement is left alone", () => {
  expect(found({})).toEqual([]);
});

test("the statement that takes a fifth of all time is told, gravely where it keeps a connection busy", () => {
  const slow = { share: 0.43, calls: 12_408, meanTime: 840, stddevTime: 100, maxTime: 1_500 };
  const message = "#3 takes 43 % of the time of all statements: 12,408 calls of 840 ms each.";
  expect(found(slow)).toEqual([`info query/slow-query-by-total-time: ${message}`]);
  expect(found({ ...slow, seconds: 86_400 })).toEqual([`warning query/slow-query-by-total-time: ${message}`]);
  expect(found({ ...slow, seconds: 86_400 * 365 })).toEqual([`info query/slow-query-by-total-time: ${message}`]);
  expect(found({ ...slow, share: 0.19 })).toEqual([]);
});

test("of a server that hardly works, the first statement is no finding", () => {
  expect(found({ share: 0.9, calls: 9, meanTime: 1_000 })).toEqual([]);
});

/** Mean, deviation and maximum of these times. */
function timesOf(times: readonly number[]) {
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const variance = times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / times.length;
  return { calls: times.length, meanTime: mean, stddevTime: Math.sqrt(variance), maxTime: Math.max(...times) };
}

const times = (quick: number, slow: number) => [...Array<number>(quick).fill(5), ...Array<number>(slow).fill(900)];

test("a statement that is slow for some calls is told", () => {
  expect(found(timesOf(times(95, 5)))).toEqual([
    "info query/high-variance: #3 is quick for some values and slow for others, or waits at times: 49.8 ms on average over 100 calls, deviation 195.1 ms, at most 900 ms.",
  ]);
});

test.each([
  ["one slow call of many", timesOf(times(99, 1))],
  ["calls whose slowest was long ago", { ...timesOf(times(95, 5)), knowsSlowest: false }],
  ["few calls", timesOf(times(17, 2))],
  ["calls that vary by what nobody feels", { calls: 1_000, meanTime: 1, stddevTime: 9, maxTime: 200 }],
  ["calls that are all slow", { calls: 1_000, meanTime: 700, stddevTime: 300, maxTime: 2_000 }],
])("%s are no variance", (_, figures) => {
  expect(found(figures)).toEqual([]);
});

test("a statement that writes temporary files with each call is told with how much", () => {
  expect(found({ calls: 50, tempWritten: 64_000 })).toEqual([
    "warning query/temp-files: #3 wrote 500 MB of temporary files in 50 calls, 10 MB each: a sort, a hash or a stored result outgrew work_mem.",
  ]);
  expect(found({ calls: 50, tempWritten: 6_400 })).toEqual([]);
  expect(found({ calls: 100_000, tempWritten: 64_000 })).toEqual([]);
});

test("a statement that reads from outside shared buffers is told, and what the reading took where that is known", () => {
  const reads = { calls: 200, meanTime: 40, sharedHit: 100_000, sharedRead: 300_000, readTime: 5_000 };
  const blocks = "#3 reads 1,500 blocks a call that are not in shared buffers, 75 % of what it asks for";
  expect(found(reads)).toEqual([`info query/cache-miss-query: ${blocks}; the operating system may have had them.`]);
  expect(found({ ...reads, timesReads: true })).toEqual([
    `warning query/cache-miss-query: ${blocks}; reading them took 25 ms of each call.`,
  ]);
  expect(found({ ...reads, timesReads: true, readTime: 500 })).toEqual([
    `info query/cache-miss-query: ${blocks}; reading them took 2.5 ms of each call.`,
  ]);
  expect(found({ ...reads, sharedHit: 9_000_000 })).toEqual([]);
  expect(found({ ...reads, calls: 100_000, meanTime: 0.1 })).toEqual([]);
});
