import { beforeAll, expect, test } from "vitest";
import { parseStatements, type Statement } from "../../src/sql/parse.ts";
import type { Counted, Figures } from "../../src/workload/counted.ts";
import { differencesBetween, perDay } from "../../src/workload/difference.ts";

let statement: Statement;
beforeAll(async () => {
  const [parsed] = await parseStatements("select 1");
  if (!parsed) throw new Error("no statement");
  statement = parsed;
});

interface Times extends Partial<Figures> {
  readonly calls: number;
  readonly meanTime: number;
}

function counted(text: string, { calls, meanTime, ...more }: Times): Counted {
  const nothing = { rows: 0, sharedHit: 0, sharedRead: 0, tempRead: 0, tempWritten: 0, walBytes: 0, readTime: 0 };
  const times = { calls, meanTime, totalTime: calls * meanTime, minTime: 0, maxTime: meanTime * 2, stddevTime: meanTime / 10 };
  return { ...nothing, ...times, topLevel: true, number: 1, text, statement, ...more };
}

const takenAt = "2026-11-16T12:00:00Z";
const until = "2026-11-23T12:00:00Z";
const between = (before: readonly Counted[], now: readonly Counted[], since: string | undefined = undefined) =>
  differencesBetween({ before, now, takenAt, until, since });

test("a statement is judged by the calls since the snapshot alone", () => {
  const before = counted("a", { calls: 100_000, meanTime: 1 });
  // 1,000 calls of 50 ms among 101,000.
  const now = counted("a", { calls: 101_000, meanTime: 150_000 / 101_000, stddevTime: 4.9 });
  const [found] = between([before], [now]);
  expect(found).toMatchObject({ kind: "slower", anew: false, figures: { calls: 1_000 }, period: { from: takenAt, to: until } });
  expect(found?.figures.meanTime).toBeCloseTo(50);
});

test("what was not called since is left out, and what was not there before is new", () => {
  const same = counted("a", { calls: 10, meanTime: 1 });
  const fresh = counted("b", { calls: 5, meanTime: 1 });
  expect(between([same], [same, fresh]).map(({ statement: { text }, kind }) => `${text} ${kind}`)).toEqual(["b new"]);
});

test("a difference that is chance, or that nobody feels, is none", () => {
  const kinds = (then: Times, more: Times) => {
    const sum = then.calls + more.calls;
    const all = counted("a", {
      calls: sum,
      meanTime: (then.calls * then.meanTime + more.calls * more.meanTime) / sum,
      stddevTime: more.stddevTime ?? 1,
    });
    return between([counted("a", then)], [all]).map(({ kind }) => kind);
  };
  expect(kinds({ calls: 100, meanTime: 10 }, { calls: 3, meanTime: 90 })).toEqual(["as before"]);
  expect(kinds({ calls: 1_000, meanTime: 0.01, stddevTime: 0 }, { calls: 1_000, meanTime: 0.04, stddevTime: 0.02 })).toEqual(["as before"]);
  expect(kinds({ calls: 100, meanTime: 10, stddevTime: 100 }, { calls: 100, meanTime: 20, stddevTime: 100 })).toEqual(["as before"]);
});

test("beside a statement that takes hours, a difference of a second is nobody's trouble", () => {
  const [then, now] = [counted("a", { calls: 100, meanTime: 1 }), counted("a", { calls: 200, meanTime: 6, stddevTime: 5 })];
  expect(between([then], [now]).map(({ kind }) => kind)).toEqual(["slower"]);
  const large = counted("b", { calls: 10, meanTime: 1_000_000 });
  expect(between([then], [now, large]).map(({ kind }) => kind)).toEqual(["as before", "new"]);
});

test("counters that were set back are counted from there, however that is known", () => {
  const before = counted("a", { calls: 100, meanTime: 1 });
  const reset = "2026-11-20T00:00:00Z";
  const more = counted("a", { calls: 150, meanTime: 1 });
  expect(between([before], [more], reset)).toMatchObject([{ anew: true, figures: { calls: 150 }, period: { from: reset } }]);
  expect(between([before], [{ ...more, statsSince: reset }])).toMatchObject([
    { anew: true, figures: { calls: 150 }, period: { from: reset } },
  ]);
  const [fewer] = between([before], [counted("a", { calls: 7, meanTime: 1 })]);
  expect(fewer).toMatchObject({ anew: true, figures: { calls: 7 } });
  expect(fewer && perDay(7, fewer.period)).toBeUndefined();
});

test("a week's calls are told per day, and what was counted for minutes is not", () => {
  expect(perDay(700, { from: takenAt, to: until })).toBe(100);
  expect(perDay(700, { from: "2026-11-23T11:50:00Z", to: until })).toBeUndefined();
});
