import { expect, test } from "vitest";
import { ToolError } from "../../src/error.ts";
import { parsePlan } from "../../src/plan/plan.ts";
import { readPlans } from "../../src/plan/read-plans.ts";
import { recordedFile, recordedPlans } from "./recorded.ts";

/** Two sessions ran eight statements each, one logging plans as text and one as JSON; one statement failed. */
const logs = ["14.log", "14.log.csv", "18.log", "18.log.csv", "18.log.jsonl"];

test.each(logs)("every entry of auto_explain in %s is read, and grouped by its query", async (name) => {
  const { plans, limits } = await readPlans(recordedFile(name));
  expect(limits).toEqual([]);
  expect(
    plans
      .map(({ query, executions }) => [query?.split("\n")[0]?.replace(/\d+/g, "?").replace("?, ?, ?", "?, ?"), executions.length])
      .sort(),
  ).toEqual([
    ["select * from orders where customer_id = $? and status = $?", 2],
    ["select * from orders where customer_id = ? order by id limit ?", 4],
    ["select * from orders where id in (?, ?)", 4],
    ["select count(*)", 2],
    ["update orders set status = 'x' where id = ?", 2],
  ]);
});

test("the query that took most in all is first, its slowest execution before the others, with the plan of that", async () => {
  const { plans } = await readPlans(recordedFile("18.log"));
  const durations = plans.map(({ duration = 0 }) => duration);
  expect(durations).toEqual(durations.toSorted((a, b) => b - a));
  for (const { plan, query, duration = 0, executions } of plans) {
    expect(executions[0]).toMatchObject({ plan, query });
    expect(executions.map((one) => one.duration)).toEqual(executions.map((one) => one.duration).sort((a = 0, b = 0) => b - a));
    expect(executions.reduce((sum, one) => sum + (one.duration ?? 0), 0)).toBeCloseTo(duration, 3);
  }
});

test("the same executions are read from every kind of log", async () => {
  const [one, ...others] = await Promise.all(["18.log", "18.log.csv", "18.log.jsonl"].map((name) => readPlans(recordedFile(name))));
  for (const other of others) expect(JSON.stringify(other)).toBe(JSON.stringify(one));
});

test("a query of several lines with a comment and an odd quote is whole, and parameters are no part of it", async () => {
  const { plans } = await readPlans(recordedFile("18.log"));
  const queries = plans.flatMap(({ executions }) => executions.map(({ query }) => query));
  expect(new Set(queries)).toContain(
    "select count(*)\n  from orders o -- don't count the new ones\n  join orders p on p.id = o.id\n where o.status <> 'new' and o.status <> 'it''s: \"new\"'",
  );
  expect(queries.filter((query) => query === "select * from orders where customer_id = $1 and status = $2")).toHaveLength(2);
});

const prefixes = [
  "2026-11-23 02:44:10 UTC:10.0.0.5(43210):app@shop:[27771]:LOG:  ",
  "[27771-3] app@shop [web] LOG:  ",
  "LOG:  ",
  "<2026-11-23 02:44:10.961 UTC > JOURNAL:  ",
];

test.each(prefixes)("entries are found behind the prefix %s", async (prefix) => {
  const log = recordedFile("18.log").replaceAll(/^.*LOG: {2}(?=duration)/gm, prefix);
  expect((await readPlans(log)).plans).toHaveLength(5);
});

test("what docker or syslog put before every line is passed over", async () => {
  const log = recordedFile("18.log");
  const lines = log.trimEnd().split("\n");
  const [bare, docker, syslog] = await Promise.all([
    readPlans(log),
    readPlans(lines.map((line) => `db-1  | ${line}`).join("\n")),
    readPlans(lines.map((line, at) => `Nov 23 02:44:10 db1 postgres[123]: [${at}-1] ${line.replaceAll("\t", "#011")}`).join("\n")),
  ]);
  expect(JSON.stringify(docker)).toBe(JSON.stringify(bare));
  expect(JSON.stringify(syslog)).toBe(JSON.stringify(bare));
});

test("lines of other sessions between those of an entry are passed over", async () => {
  const log = recordedFile("18.log");
  const other =
    "2026-11-23 02:44:10.961 UTC [9] a@b ERROR:  no such thing\n2026-11-23 02:44:10.961 UTC [9] a@b STATEMENT:  select\n\tnothing\n";
  const between = log.replaceAll(/^\t.*-> .*\n|^\t.*"Shared Hit Blocks".*\n/gm, (line) => other + line);
  expect(between.length).toBeGreaterThan(log.length + 9 * other.length);
  expect(JSON.stringify(await readPlans(between))).toBe(JSON.stringify(await readPlans(log)));
});

test.each(logs)("an excerpt of %s that ends within an entry says so", async (name) => {
  const log = recordedFile(name);
  const last = log.lastIndexOf("duration: ");
  const { plans, limits } = await readPlans(log.slice(0, last + Math.floor((log.length - last) / 2)));
  expect(plans).toHaveLength(5);
  expect(limits).toEqual(["1 of 14 logged plans is cut short and left out"]);
});

test("an excerpt that ends anywhere is read or refused", async () => {
  for (const name of logs) {
    const log = recordedFile(name);
    for (let end = 0; end < log.length; end += 2_003)
      await readPlans(log.slice(0, end)).catch((error: unknown) => expect(error).toBeInstanceOf(ToolError));
  }
});

test("one plan, several plans, and a plan with its query are read too", async () => {
  const [one, other] = recordedPlans(18);
  const { plans } = await readPlans(one?.text ?? "");
  expect(plans).toMatchObject([{ query: undefined, executions: [{}], shapes: 1 }]);
  expect(JSON.stringify(plans[0]?.plan)).toBe(JSON.stringify(parsePlan(one?.text)));
  expect((await readPlans(`${one?.text}\n\n${other?.text}`)).plans).toHaveLength(2);
  expect((await readPlans(JSON.stringify([one?.json, other?.json]))).plans).toHaveLength(2);
  const told = { "Query Text": "select 1", ...Object(one?.json) };
  expect((await readPlans(JSON.stringify(told))).plans).toMatchObject([{ query: "select 1" }]);
});

test.each([
  ["nothing", "", /not a plan.*explain \(analyze, buffers, settings, format json\)/s],
  ["a log without plans", "2026-11-23 02:44:10 UTC [1] LOG:  duration: 12.1 ms  statement: select 1", /not a plan.*auto_explain/s],
  [
    "a log whose only entry is cut",
    "LOG:  duration: 12.1 ms  plan:\n\tQuery Text: select 1",
    /No entry of auto_explain in this log is whole/,
  ],
])("%s is refused with what to pass", async (_, text, says) => {
  await expect(readPlans(text)).rejects.toThrow(
    expect.objectContaining({ code: "invalid_argument", message: expect.stringMatching(says) }),
  );
});

test("what is too large is refused before it is read", async () => {
  await expect(readPlans("x".repeat(2_000_001))).rejects.toThrow(
    expect.objectContaining({ code: "too_large", message: expect.stringContaining("2,000,000") }),
  );
});

test("a text that is made to be slow is read or refused", async () => {
  const root = "Seq Scan on a  (cost=1.00..2.00 rows=1 width=1) (actual time=0.1..0.2 rows=9000.00 loops=1)\n";
  const texts = [
    root + " ".repeat(1_000_000),
    `${root}  Filter: ${"(".repeat(500_000)}a = 1${")".repeat(500_000)}`,
    `${root}${"'\n".repeat(200_000)}`,
    `{"QUERY PLAN": ${"[".repeat(1_000_000)}`,
    Array.from({ length: 400 }, (_, depth) => " ".repeat(6 * depth) + (depth === 0 ? root : `->  ${root}`)).join(""),
    "duration: 1 ms  plan:\\n".repeat(50_000),
  ];
  for (const text of texts) await readPlans(text).catch((error: unknown) => expect(error).toBeInstanceOf(ToolError));
});
