import rule from "../../../src/rules/plan/lossy-bitmap.ts";
import { testPlanRule } from "./judged.ts";

const sql = "select * from orders where total = any (array[5, 105, 205, 305, 405, 505, 605, 705, 805, 905])";
const setup = ["create index on orders (total)"];
const small = { work_mem: "64kB", enable_seqscan: "off", enable_indexscan: "off" };

testPlanRule(rule, {
  bad: {
    "a bitmap that keeps pages instead of rows": {
      sql,
      setup,
      settings: small,
      analyze: true,
      says: /^Bitmap Heap Scan on orders checks every row on [\d,]+ of 2,006 pages and throws away [\d,]+ that the index had ruled out, because its bitmap does not fit in work_mem \(64 kB\); 126 kB hold it\.$/,
    },
  },
  good: {
    "a bitmap that has as much as the rule asks for": { sql, setup, settings: { ...small, work_mem: "126kB" }, analyze: true },
    "a bitmap that was not run": { sql, setup, settings: small },
    "a bitmap of few pages": { sql: "select * from orders where total = 5", setup, settings: small, analyze: true },
    "an index whose matches have to be checked anyway": {
      sql: "select * from orders where customer_id = 7",
      setup: ["create index on orders using brin (customer_id)", "drop index orders_customer_id_idx"],
      settings: { enable_seqscan: "off" },
      analyze: true,
    },
  },
});
