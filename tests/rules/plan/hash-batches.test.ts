import rule from "../../../src/rules/plan/hash-batches.ts";
import { parallel } from "../../plan/shop.ts";
import { testPlanRule } from "./judged.ts";

const sql = "select * from orders o join customers c on c.id = o.customer_id";
const small = { work_mem: "64kB", enable_mergejoin: "off", enable_nestloop: "off" };

testPlanRule(rule, {
  bad: {
    "a hash table that was written to disk": {
      sql,
      settings: small,
      analyze: true,
      says: /^Hash Join on \(o\.customer_id = c\.id\) writes 17(\.\d)? MB to disk in 4 batches, because a hash table of 5,000 rows does not fit in work_mem times hash_mem_multiplier\.$/,
    },
    "one that had to be split again, because more rows came than expected": {
      sql: "select * from orders o join customers c on c.id = o.customer_id where c.name || c.country <> 'x' and c.id % 1 = 0",
      settings: small,
      analyze: true,
      says: /in 4 batches, .* 5,000 rows .*\. It started with 1, because less was expected\.$/,
    },
    "one that each worker builds, with the rows of one": {
      sql,
      settings: { ...parallel, ...small, enable_parallel_hash: "off" },
      analyze: true,
      version: 15,
      says: /in \d+ batches, because a hash table of 5,000 rows does not fit/,
    },
  },
  good: {
    "a hash table that fits": { sql, settings: { work_mem: "4MB" }, analyze: true },
    "one that fits because hashes may take more than sorts": {
      sql,
      settings: { ...small, hash_mem_multiplier: "8" },
      analyze: true,
    },
    "a plan that was not run": { sql, settings: small },
    "a hash table that nobody had to build": {
      sql: "select * from settings s left join customers c on c.name = s.value where s.key = 'none'",
      settings: small,
      analyze: true,
    },
    "a merge join": { sql, settings: { work_mem: "64kB", enable_hashjoin: "off", enable_nestloop: "off" }, analyze: true },
  },
});
