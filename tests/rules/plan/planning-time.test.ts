import { expect, test } from "vitest";
import { parsePlan } from "../../../src/plan/plan.ts";
import rule from "../../../src/rules/plan/planning-time.ts";
import { run } from "../../../src/rules/rule.ts";
import { testPlanRule } from "./judged.ts";

/** All orders of eleven tables are weighed, for one row. */
const joined =
  `select 1 from ${[..."abcdefghijk"].map((name) => `settings ${name}`).join(" natural join ")} where a.key = 'key 1'`.replaceAll(
    /natural join settings (.)/g,
    "join settings $1 on $1.key = a.key",
  );
const exhaustive = { geqo: "off", join_collapse_limit: "20" };

testPlanRule(rule, {
  bad: {
    "a join whose orders take longer to weigh than its row to find": {
      sql: joined,
      settings: exhaustive,
      analyze: true,
      says: /^Planning took [\d.,]+ ms and running [\d.]+ ms; the planner had 11 relations to weigh\.$/,
    },
  },
  good: {
    "a row that is found sooner than planned, both at once": { sql: "select * from settings where key = 'key 1'", analyze: true },
    "a plan that was not run": { sql: joined, settings: exhaustive },
    "joins in the order in which they are written": { sql: joined, settings: { join_collapse_limit: "1" }, analyze: true },
  },
});

const scan = { "Node Type": "Seq Scan", "Relation Name": "orders", "Startup Cost": 0, "Total Cost": 1, "Plan Rows": 1, "Plan Width": 4 };
const judge = (planning: number, execution: number) =>
  run(
    [rule],
    parsePlan({ Plan: { ...scan, "Actual Rows": 1, "Actual Loops": 1 }, "Planning Time": planning, "Execution Time": execution }),
    undefined,
  );

test("plan/planning-time is silent where planning takes long and running takes longer", () => {
  expect(judge(300, 301)).toEqual([]);
  expect(judge(300, 299)).toHaveLength(1);
});
