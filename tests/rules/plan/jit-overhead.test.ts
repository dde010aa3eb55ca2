import { expect, test } from "vitest";
import { parsePlan } from "../../../src/plan/plan.ts";
import rule from "../../../src/rules/plan/jit-overhead.ts";
import { run } from "../../../src/rules/rule.ts";

/** Recorded from Debian's PostgreSQL 15.20, because the servers of the tests are built without LLVM: a scan of 200,000 rows, alone and with two workers. */
const node = { "Plan Rows": 1, "Plan Width": 8, "Actual Rows": 1, "Actual Loops": 1, "Startup Cost": 6752.59, "Total Cost": 6752.6 };
const alone = {
  Plan: { ...node, "Node Type": "Aggregate", Strategy: "Plain", "Actual Total Time": 187.962 },
  JIT: {
    Functions: 4,
    Options: { Inlining: true, Optimization: true, Expressions: true, Deforming: true },
    Timing: { Generation: 0.443, Inlining: 75.905, Optimization: 24.08, Emission: 15.458, Total: 115.886 },
  },
  "Execution Time": 217.112,
};
const shared = {
  Plan: { ...node, "Node Type": "Gather", "Workers Planned": 2, "Workers Launched": 2, "Actual Total Time": 347.9 },
  JIT: { ...alone.JIT, Functions: 17, Timing: { Generation: 3.5, Inlining: 412.7, Optimization: 229.3, Emission: 137.8, Total: 783.278 } },
  "Execution Time": 378.847,
};
const judge = (plan: object) => run([rule], parsePlan(plan), undefined);

test("plan/jit-overhead reports a statement that is compiled longer than it runs otherwise", () => {
  expect(judge(alone)).toMatchObject([
    {
      severity: "warning",
      message: "Of the 217.1 ms that the statement runs, each process spends 115.9 ms on JIT compilation of 4 functions.",
      evidence: { jitTime: 115.886, executionTime: 217.112, functions: 4 },
    },
  ]);
});

test("plan/jit-overhead divides what workers compile at the same time", () => {
  expect(judge(shared).map(({ message }) => message)).toEqual([
    "Of the 378.8 ms that the statement runs, each process spends 261.1 ms on JIT compilation of 17 functions.",
  ]);
  expect(judge({ ...shared, "Execution Time": 1200 })).toEqual([]);
});

test("plan/jit-overhead takes the time of the plan where a log has no execution time", () => {
  expect(judge({ ...alone, "Execution Time": undefined })).toMatchObject([{ evidence: { executionTime: 187.962 } }]);
});

test.each([
  ["compilation is the smaller part", { ...alone, "Execution Time": 500 }],
  ["compilation is over in milliseconds", { ...alone, JIT: { ...alone.JIT, Timing: { Total: 8.1 } }, "Execution Time": 12 }],
  ["nothing was compiled", { ...alone, JIT: undefined }],
  ["the statement was not run", { Plan: { ...alone.Plan, "Actual Loops": undefined }, JIT: { ...alone.JIT, Timing: undefined } }],
])("plan/jit-overhead is silent where %s", (_, plan) => {
  expect(judge(plan)).toEqual([]);
});
