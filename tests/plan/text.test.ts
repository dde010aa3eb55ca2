import { expect, test } from "vitest";
import { ToolError } from "../../src/error.ts";
import { parsePlan } from "../../src/plan/plan.ts";
import { recordedPlans } from "./recorded.ts";
import { openShop, type Shop } from "./shop.ts";
import { toldByText } from "./told-by-text.ts";

const [fifteen, eighteen] = [await openShop(15), await openShop(18)];
const plans = recordedPlans(18);
const json = (value: unknown) => JSON.stringify(value);
const lines = (text: string) => text.split("\n");
const widest = (text: string) => Math.max(...lines(text).map(({ length }) => length));
const isOnLines = (text: string) => !/ 'a\n/.test(text);

/** What a person copies, by where from. */
const frames: Record<string, (text: string) => string> = {
  psql: (text) =>
    [
      `${" ".repeat(widest(text) / 2)}QUERY PLAN`,
      "-".repeat(widest(text) + 2),
      ...lines(text).map((line) => ` ${line}`),
      `(${lines(text).length} rows)`,
      "",
    ].join("\n"),
  "psql with a border": (text) =>
    [
      `+${"-".repeat(widest(text) + 2)}+`,
      `| ${"QUERY PLAN".padEnd(widest(text))} |`,
      `|${"-".repeat(widest(text) + 2)}|`,
      ...lines(text).map((line) => `| ${line.padEnd(widest(text))} |`),
      `+${"-".repeat(widest(text) + 2)}+`,
    ].join("\n"),
  "psql with a border of lines": (text) =>
    [
      `┌${"─".repeat(widest(text) + 2)}┐`,
      `│ ${"QUERY PLAN".padEnd(widest(text))} │`,
      `├${"─".repeat(widest(text) + 2)}┤`,
      ...lines(text).map((line) => `│ ${line.padEnd(widest(text))} │`),
      `└${"─".repeat(widest(text) + 2)}┘`,
    ].join("\n"),
  "psql expanded": (text) =>
    lines(text)
      .map((line, at) => `-[ RECORD ${at + 1} ]${"-".repeat(40)}\nQUERY PLAN | ${line}`)
      .join("\n"),
  "psql as CSV": (text) =>
    `QUERY PLAN\n${lines(text)
      .map((line) => (/[",]/.test(line) ? `"${line.replaceAll('"', '""')}"` : line))
      .join("\n")}\n`,
  "a client that quotes every line": (text) =>
    `"QUERY PLAN"\n${lines(text)
      .map((line) => `"${line.replaceAll('"', '""')}"`)
      .join("\n")}`,
  "a client that quotes every line and names none": (text) =>
    lines(text)
      .map((line) => `"${line.replaceAll('"', '""')}"`)
      .join("\n"),
  "a log": (text) =>
    lines(text)
      .map((line) => `\t${line}`)
      .join("\n"),
  "an indented paragraph": (text) =>
    `Here's the plan:\n\n${lines(text)
      .map((line) => `    ${line}`)
      .join("\n")}\n\nWhat's wrong?`,
  "a fence": (text) => `\`\`\`text\n${text}\n\`\`\``,
  Windows: (text) => text.replaceAll("\n", "\r\n"),
  "the rows of a client": (text) => json(lines(text).map((line) => ({ "QUERY PLAN": line }))),
};

test.each(Object.entries(frames))("text is read out of the frame of %s", (_, frame) => {
  for (const { name, text, options } of plans.filter(({ text }, at) => isOnLines(text) && (at % 5 === 0 || text.includes('"'))))
    expect(toldByText(parsePlan(frame(text)), options), name).toBe(toldByText(parsePlan(text), options));
});

test("a constant that looks like a plan does not change the plan", () => {
  const plan = plans.find(({ text }) => !isOnLines(text));
  expect(parsePlan(plan?.text).nodes.map(({ type, filter }) => [type, filter])).toEqual([
    ["Seq Scan", "(note <> 'a   ->  Seq Scan on b  (cost=1.00..2.00 rows=1 width=1)   Filter: c'::text)"],
  ]);
});

test("a plan whose indentation is lost is refused, and so is one that is cut short", () => {
  const { text = "" } = plans.find(({ name }) => name === "Parallel Hash Join") ?? {};
  expect(() =>
    parsePlan(
      lines(text)
        .map((line) => line.trim())
        .join("\n"),
    ),
  ).toThrow(/indentation of this plan is lost/);
  expect(() => parsePlan(text.slice(0, text.indexOf("->  Parallel Seq Scan")))).toThrow(/cut short/);
});

test("two plans are not one", () => {
  const [one, other] = plans;
  expect(() => parsePlan(`${one?.text}\n\n${other?.text}`)).toThrow(/One plan is expected, and these are 2/);
});

test("a text that ends anywhere is read or refused", () => {
  for (const { text } of plans)
    for (let end = 0; end < text.length; end += 197) {
      try {
        parsePlan(text.slice(0, end));
      } catch (error) {
        expect(error).toBeInstanceOf(ToolError);
      }
    }
});

/** JIT is no part of the servers of the tests; lines and keys are those of `ExplainPrintJIT` in src/backend/commands/explain.c. */
const jitTimes = { Generation: { Deform: 0.5, Total: 2.25 }, Inlining: 1.5, Optimization: 20.125, Emission: 10, Total: 33.875 };
const scan = "Seq Scan on orders  (cost=0.00..35811.00 rows=1 width=97) (actual time=0.012..0.526 rows=1666.00 loops=1)";

test("what JIT took is read from both formats, before version 17 and since", () => {
  const text = `${scan}
Planning Time: 0.122 ms
JIT:
  Functions: 5
  Options: Inlining true, Optimization true, Expressions true, Deforming false
  Timing: Generation 2.250 ms (Deform 0.500 ms), Inlining 1.500 ms, Optimization 20.125 ms, Emission 10.000 ms, Total 33.875 ms
Execution Time: 40.523 ms`;
  const options = { Inlining: true, Optimization: true, Expressions: true, Deforming: false };
  const whole = { Plan: { "Node Type": "Seq Scan", "Startup Cost": 0, "Total Cost": 35811, "Plan Rows": 1, "Plan Width": 97 } };
  const { jit } = parsePlan(text);
  expect(jit).toEqual({
    functions: 5,
    inlining: true,
    optimization: true,
    expressions: true,
    deforming: false,
    times: { generation: 2.25, deform: 0.5, inlining: 1.5, optimization: 20.125, emission: 10, total: 33.875 },
  });
  expect(parsePlan({ ...whole, JIT: { Functions: 5, Options: options, Timing: jitTimes } }).jit).toEqual(jit);
  const before = { ...jitTimes, Generation: 2.25 };
  expect(parsePlan({ ...whole, JIT: { Functions: 5, Options: options, Timing: before } }).jit).toEqual(
    parsePlan(text.replace(" (Deform 0.500 ms)", "")).jit,
  );
});

test("what an extension draws below its node is no node", () => {
  const { nodes } = parsePlan(`Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=100000 width=36)
  Task Count: 32
  Tasks Shown: One of 32
  ->  Task
        Node: host=localhost port=9701 dbname=db
        ->  Seq Scan on orders_102008 orders  (cost=0.00..18.20 rows=820 width=36)`);
  expect(nodes.map(({ label }) => label)).toEqual(["Custom Scan (Citus Adaptive)"]);
});

const told: [options: string, sql: string][] = [
  ["costs", "select * from orders o join customers c on c.id = o.customer_id where o.id < 9 order by c.name"],
  ["verbose", "select country, count(*) from customers group by country having count(*) > 3"],
  ["settings", "select * from bands b where low > (select avg(low) from bands)"],
  ["generic_plan, verbose", "select * from orders where customer_id = $1 and note <> $2"],
];

test.each(told)("with the options %s a plan is the same in both formats", async (options, sql) => {
  for (const shop of [fifteen, eighteen]) {
    if (options.startsWith("generic") && shop.version === 15) continue;
    const [text, whole] = await inBoth(shop, options, sql);
    const { queryIdentifier, settings } = parsePlan(text);
    expect(toldByText(parsePlan(text), options)).toBe(toldByText(parsePlan(whole), options));
    // The client made a number of what JSON told.
    expect(Number(queryIdentifier)).toBe(Number(parsePlan(whole).queryIdentifier));
    expect(settings?.get("work_mem")).toBe(options === "settings" ? "8MB" : undefined);
  }
});

test("what is told of the statement is told in both formats", async () => {
  const options = "analyze, buffers, verbose, memory, serialize, wal, settings";
  const sql = "select c.id, c.name, o.note from orders o join customers c on c.id = o.customer_id where o.id < 3000";
  for (const written of await inBoth(eighteen, options, sql))
    expect(parsePlan(written)).toMatchObject({
      analyzed: true,
      planningTime: expect.any(Number),
      executionTime: expect.any(Number),
      planning: { memoryUsed: expect.any(Number), memoryAllocated: expect.any(Number) },
      serialization: { time: expect.any(Number), volume: expect.any(Number), format: "text" },
      queryIdentifier: expect.stringMatching(/^-?\d{10,20}$/),
      root: { actualRows: 2999, innerUnique: true },
    });
});

/** Both times as a client gets it, the whole as text. */
async function inBoth(shop: Shop, options: string, sql: string): Promise<[text: string, json: string]> {
  const set = { work_mem: "8MB", compute_query_id: "on" };
  const rows = await shop.lines(options, sql, set);
  return [rows.join("\n"), json(await shop.explain(options, sql, set))];
}
