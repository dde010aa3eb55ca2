import rule from "../../../src/rules/plan/sort-spill.ts";
import { parallel } from "../../plan/shop.ts";
import { testPlanRule } from "./judged.ts";

const small = { work_mem: "64kB" };

testPlanRule(rule, {
  bad: {
    "a sort that wrote to disk": {
      sql: "select * from orders order by note, id",
      analyze: true,
      says: /^Sort by note, id writes 20(\.\d)? MB to disk, because its 200,000 rows do not fit in work_mem \(4 MB\)\.$/,
    },
    "a sort that is expected to write to disk": {
      sql: "select * from orders order by note, id",
      says: /^The planner expects Sort by note, id to write to disk, because 200,000 rows of 9\d bytes take 22\.9 MB, more than work_mem \(4 MB\)\.$/,
    },
    "the memory of the session, not the default": {
      sql: "select * from customers order by name",
      settings: small,
      analyze: true,
      says: /do not fit in work_mem \(64 kB\)\.$/,
    },
    "the space of all workers together": {
      sql: "select id, note from orders order by note, id",
      settings: { ...small, ...parallel },
      analyze: true,
      says: /^Sort by note, id writes 1\d(\.\d)? MB to disk/,
    },
    "a sort by groups": {
      sql: "select * from orders order by customer_id / 2500, note, id",
      settings: { ...small, enable_seqscan: "off", enable_sort: "off" },
      setup: ["create index on orders ((customer_id / 2500))"],
      analyze: true,
      says: /^Incremental Sort by .* writes/,
    },
    "an OFFSET so large that the rows to keep do not fit": {
      sql: "select * from orders order by note, total limit 10 offset 150000",
      says: /^The planner expects Sort by note, total to write to disk, because 150,\d+ rows/,
    },
  },
  good: {
    "a sort in memory": { sql: "select * from bands order by low", analyze: true },
    "a sort that is expected to fit": { sql: "select * from bands order by low" },
    "a sort with enough memory": { sql: "select * from orders order by note, id", settings: { work_mem: "64MB" }, analyze: true },
    "a sort that is expected to fit in the memory of the session": {
      sql: "select * from orders order by note, id",
      settings: { work_mem: "64MB" },
    },
    "a LIMIT that keeps ten rows": { sql: "select * from orders order by note, total limit 10", analyze: true },
    "a LIMIT that is expected to keep ten rows": { sql: "select * from orders order by note, total limit 10" },
    "an order that an index gives": { sql: "select * from orders order by created_at", settings: { enable_sort: "off" } },
  },
});
