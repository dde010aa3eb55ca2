import rule from "../../../src/rules/plan/limit-ordered-index-trap.ts";
import { testPlanRule } from "./judged.ts";

/** The 50 refunded orders are the oldest, so newest first reads all others before. */
const newest = "select * from orders where status = 'refunded' order by created_at desc limit 10";
const ordered = { enable_sort: "off", enable_seqscan: "off" };

testPlanRule(rule, {
  bad: {
    "a scan that the planner chose because one in twenty rows matches, and all of them are old": {
      sql: "select * from orders where status = 'imported' order by created_at desc limit 10",
      analyze: true,
      says: /^Index Scan Backward using orders_created_at_idx on orders reads 190,010 rows .* throws away 190,000 /,
    },
    "a scan that reads all newer rows first": {
      sql: newest,
      settings: ordered,
      analyze: true,
      says: /^Index Scan Backward using orders_created_at_idx on orders reads 199,960 rows in the order of the index and throws away 199,950 that are not \(status = 'refunded'::text\)\.$/,
    },
    "a scan that is expected to read many rows for ten": {
      sql: newest,
      settings: ordered,
      says: /^The planner expects Index Scan Backward using orders_created_at_idx on orders to read [\d,]+ rows in the order of the index before 10 of them are \(status = 'refunded'::text\); it takes the matching rows to be spread evenly\.$/,
    },
    "the least value of a column under a filter": {
      sql: "select max(created_at) from orders where status = 'refunded'",
      settings: ordered,
      analyze: true,
      says: /Index Scan Backward using orders_created_at_idx on orders reads 199,951 rows/,
    },
    "the outer side of a join": {
      sql: "select * from orders o join customers c on c.id = o.customer_id where o.status = 'refunded' order by o.created_at desc limit 10",
      settings: { ...ordered, enable_hashjoin: "off", enable_mergejoin: "off" },
      analyze: true,
      says: /on orders o reads 199,960 rows/,
    },
    "the scan of version 15": { sql: newest, settings: ordered, analyze: true, version: 15, says: /reads 199,960 rows/ },
    "rows that are not there": {
      sql: "select * from orders where note = 'lost' order by created_at limit 10",
      settings: ordered,
      analyze: true,
      says: /reads 200,000 rows in the order of the index and throws away 200,000/,
    },
  },
  good: {
    "a filter that keeps most rows": {
      sql: "select * from orders where status <> 'refunded' order by created_at desc limit 10",
      analyze: true,
    },
    "a filter that is expected to keep most rows": {
      sql: "select * from orders where status <> 'refunded' order by created_at desc limit 10",
    },
    "matches that come first": {
      sql: "select * from orders where status = 'refunded' order by created_at limit 10",
      settings: ordered,
      analyze: true,
    },
    "matches that are expected to be one in twenty": {
      sql: "select * from orders where status = 'imported' order by created_at desc limit 10",
    },
    "a thousand rows expected": { sql: "select * from orders where total = 5 order by created_at limit 1", settings: ordered },
    "an index on filter and order": {
      sql: newest,
      setup: ["create index on orders (status, created_at)", "analyze orders"],
      analyze: true,
    },
    "a scan that serves a condition, not an order": {
      sql: "select * from orders where customer_id = 7 and status = 'refunded' limit 10",
      settings: { enable_bitmapscan: "off" },
      analyze: true,
    },
    "a sort between": { sql: "select * from orders where total = 5 order by created_at + interval '1 day' limit 10", analyze: true },
  },
});
