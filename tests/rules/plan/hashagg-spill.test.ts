import rule from "../../../src/rules/plan/hashagg-spill.ts";
import { testPlanRule } from "./judged.ts";

const sql = "select total, customer_id, count(*) from orders group by 1, 2";
const small = { work_mem: "64kB", enable_sort: "off", enable_incremental_sort: "off", enable_indexscan: "off" };

testPlanRule(rule, {
  bad: {
    "groups that were written to disk": {
      sql,
      settings: small,
      analyze: true,
      says: /^HashAggregate by (orders\.)?total, (orders\.)?customer_id writes [\d.]+ MB to disk, because its 200,000 groups do not fit in work_mem times hash_mem_multiplier\.$/,
    },
    "groups, those that HAVING threw away included": {
      sql: `${sql} having count(*) > 1`,
      settings: small,
      analyze: true,
      says: /because its 200,000 groups do not fit/,
    },
    "groups that are expected to need disk": {
      sql,
      settings: small,
      says: /^The planner expects HashAggregate by (orders\.)?total, (orders\.)?customer_id to write to disk, because [\d,]+ groups of 20 bytes do not fit/,
    },
    DISTINCT: {
      sql: "select distinct total, customer_id from orders",
      settings: small,
      says: /^The planner expects HashAggregate by/,
    },
  },
  good: {
    "groups that fit": { sql: "select status, count(*) from orders group by 1", settings: small, analyze: true },
    "groups that are expected to fit": { sql, settings: { ...small, work_mem: "64MB" } },
    "enough memory": { sql, settings: { ...small, work_mem: "64MB" }, analyze: true },
    "sorted groups": { sql, settings: { work_mem: "64kB", enable_hashagg: "off" }, analyze: true },
    "a single group": { sql: "select sum(total) from orders", settings: { work_mem: "64kB" }, analyze: true },
  },
});
