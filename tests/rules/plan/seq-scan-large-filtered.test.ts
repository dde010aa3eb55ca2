import { expect, test } from "vitest";
import { parsePlan } from "../../../src/plan/plan.ts";
import rule from "../../../src/rules/plan/seq-scan-large-filtered.ts";
import { run } from "../../../src/rules/rule.ts";
import { parallel } from "../../plan/shop.ts";
import { testPlanRule } from "./judged.ts";

const beside =
  "select b.id, (select count(*) from orders o where o.total <> b.id) from bands b where b.id < least(30, (select count(*) from orders where status = 'refunded'))";

testPlanRule(rule, {
  bad: {
    "a scan that is expected to keep few rows of a large table": {
      sql: "select * from orders where status = 'refunded'",
      says: /^The planner expects Seq Scan on orders to read 200,000 rows to keep \d+, those with \(status = 'refunded'::text\)\.$/,
    },
    "a scan that kept few rows": {
      sql: "select * from orders where status = 'refunded'",
      analyze: true,
      says: /^Seq Scan on orders reads 200,000 rows to keep 50, those with \(status = 'refunded'::text\)\.$/,
    },
    "a parallel scan with the rows of all workers": {
      sql: "select * from orders where total = 5",
      settings: parallel,
      analyze: true,
      says: /^Parallel Seq Scan on orders reads (199|200),\d+ rows to keep 20\d, /,
    },
    "a parallel scan of version 15, which rounds the rows of each worker": {
      sql: "select * from orders where total = 5",
      settings: parallel,
      analyze: true,
      version: 15,
      says: /^Parallel Seq Scan on orders reads (199|200),\d+ rows to keep 20\d, /,
    },
    "a LIMIT that is expected to read on because matches are rare": {
      sql: "select * from orders where note = 'lost' limit 5",
      says: /^The planner expects Seq Scan on orders to read/,
    },
    "the scan of a correlated subquery with how often it ran": {
      sql: "select id, (select count(*) from orders o where o.note = c.name) from customers c where c.id <= 3",
      analyze: true,
      says: /^Seq Scan on orders o reads 200,000 rows to keep 0, those with \(note = c\.name\), 3 times over\.$/,
    },
  },
  good: {
    "a filter that keeps most rows": { sql: "select * from orders where status <> 'refunded'" },
    "a small table": { sql: "select * from settings where value = 'none'", analyze: true },
    "a table of 5,000 rows": { sql: "select * from customers where name = 'customer 7'" },
    "a scan without a filter": { sql: "select count(*) from orders", analyze: true },
    "an index scan": { sql: "select * from orders where customer_id = 7", analyze: true },
    "a scan that is expected to cost little beside the rest": { sql: beside },
    "a LIMIT that had enough after a few rows": { sql: "select * from orders where status = 'refunded' limit 10", analyze: true },
    "a LIMIT that is expected to have enough early": { sql: "select * from orders where total < 90 limit 10" },
    "a scan that was never started": { sql: "select * from orders where status = 'refunded' and (select false)", analyze: true },
  },
});

test("a scan that took a twentieth of the time is told, and one that took less is not", () => {
  const scan = (time: number) => ({
    ...{ "Node Type": "Seq Scan", "Relation Name": "orders", Alias: "orders", Filter: "(status = 'refunded'::text)" },
    ...{ "Startup Cost": 0, "Total Cost": 4500, "Plan Rows": 50, "Plan Width": 8, "Parent Relationship": "Outer" },
    ...{ "Actual Startup Time": 0.1, "Actual Total Time": time, "Actual Rows": 50, "Actual Loops": 1, "Rows Removed by Filter": 199_950 },
  });
  const plan = (time: number) => ({
    ...{ "Node Type": "Sort", "Startup Cost": 4600, "Total Cost": 4600, "Plan Rows": 50, "Plan Width": 8, "Sort Key": ["id"] },
    ...{ "Actual Startup Time": 1000, "Actual Total Time": 1000, "Actual Rows": 50, "Actual Loops": 1, Plans: [scan(time)] },
  });
  const found = (time: number) => run([rule], parsePlan([{ Plan: plan(time) }]), undefined).length;
  expect([found(50), found(49)]).toEqual([1, 0]);
});
