import rule from "../../../src/rules/plan/workers-not-launched.ts";
import { parallel } from "../../plan/shop.ts";
import { testPlanRule } from "./judged.ts";

const sql = "select count(note) from orders";

testPlanRule(rule, {
  bad: {
    "a Gather that got one worker of two at most": {
      sql,
      settings: { ...parallel, max_parallel_workers: "1" },
      analyze: true,
      says: /^Gather got [01] of the 2 workers that it was planned for, so the leader did (more of its part than was planned|all of its part alone)\.$/,
    },
    "a Gather that got none": {
      sql,
      settings: { ...parallel, max_parallel_workers: "0" },
      analyze: true,
      says: /^Gather got 0 of the 2 workers that it was planned for, so the leader did all of its part alone\.$/,
    },
    "a Gather Merge": {
      sql: "select id, note from orders order by note limit 10",
      settings: { ...parallel, max_parallel_workers: "0" },
      analyze: true,
      says: /^Gather Merge got 0 of the 2 workers/,
    },
  },
  good: {
    "all workers that were planned": { sql, settings: parallel, analyze: true },
    "a plan that was not run": { sql, settings: { ...parallel, max_parallel_workers: "0" } },
    "a plan without workers": { sql, analyze: true },
    "a Gather that was never executed": {
      sql: "select (select count(note) from orders) from settings where key = 'none'",
      settings: { ...parallel, max_parallel_workers: "0" },
      analyze: true,
    },
  },
});
