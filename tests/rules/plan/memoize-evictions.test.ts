import rule from "../../../src/rules/plan/memoize-evictions.ts";
import { testPlanRule } from "./judged.ts";

const sql = "select * from orders o join customers c on c.id = o.customer_id where o.id <= 20000";
const looked = { enable_hashjoin: "off", enable_mergejoin: "off" };

testPlanRule(rule, {
  bad: {
    "a cache that gives up what it will be asked for again": {
      sql,
      settings: { ...looked, work_mem: "64kB" },
      analyze: true,
      says: /^Memoize by o\.customer_id answers 0 of 20,000 look-ups and gives up 1\d,\d+ results, because they do not all fit in work_mem times hash_mem_multiplier\.$/,
    },
  },
  good: {
    "a cache that holds all": { sql, settings: looked, analyze: true },
    "a plan that was not run": { sql, settings: { ...looked, work_mem: "64kB" } },
    "a cache that gives up few": {
      sql: "select * from orders o join customers c on c.id = o.customer_id % 1500 where o.id <= 20000",
      settings: { ...looked, work_mem: "64kB", hash_mem_multiplier: "4" },
      analyze: true,
    },
  },
});
