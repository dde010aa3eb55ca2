import rule from "../../../src/rules/plan/index-scan-low-efficiency.ts";
import { testPlanRule } from "./judged.ts";

const sql = "select * from orders where customer_id <= 1000 and total = 7";
const byIndex = { enable_seqscan: "off", enable_bitmapscan: "off" };
const byBitmap = { enable_seqscan: "off", enable_indexscan: "off" };

testPlanRule(rule, {
  bad: {
    "an index that finds a fifth of the table for 40 rows": {
      sql,
      settings: byIndex,
      analyze: true,
      says: /^Index Scan using orders_customer_id_idx on orders finds 40,000 rows and throws away 39,9\d\d that are not \(total = '7'::numeric\)\.$/,
    },
    "a bitmap, by the name of its index": {
      sql,
      settings: byBitmap,
      analyze: true,
      says: /^Bitmap Heap Scan on orders through orders_customer_id_idx finds 40,000 rows and throws away 39,9\d\d that are not \(total = '7'::numeric\)\.$/,
    },
    "a bitmap that is expected to": {
      sql,
      settings: byBitmap,
      says: /^The planner expects Bitmap Heap Scan on orders through orders_customer_id_idx to find [34]\d,\d+ rows and to keep \d+, those with \(total = '7'::numeric\)\.$/,
    },
    "all rounds of an inner side together": {
      sql: "select count(*) from customers c join orders o on o.customer_id = c.id and o.status = 'refunded' where c.id <= 500",
      settings: { ...byIndex, enable_hashjoin: "off", enable_mergejoin: "off" },
      analyze: true,
      says: /^Index Scan using orders_customer_id_idx on orders o finds 20,0\d\d rows and throws away [12]\d,\d{3} that are not \((o\.)?status = 'refunded'::text\)\.$/,
    },
    "matches of an index that are none": {
      sql: "select * from notes where body like '%xxyzxx%'",
      setup: [
        "create extension pg_trgm",
        "create temporary table notes as select n as id, 'xxy xyz yzx zxx' as body from generate_series(1, 12000) n",
        "create index notes_body_idx on notes using gin (body gin_trgm_ops)",
      ],
      settings: { enable_seqscan: "off" },
      analyze: true,
      says: /^Bitmap Heap Scan on notes through notes_body_idx finds 12,000 rows and throws away 12,000 that the index takes for matches and the row itself is not\.$/,
    },
  },
  good: {
    "an index that finds what is asked for": { sql: "select * from orders where customer_id <= 1000", settings: byIndex, analyze: true },
    "an index on both columns": { sql, setup: ["create index on orders (total, customer_id)"], settings: byIndex, analyze: true },
    "few rows, most of them thrown away": {
      sql: "select * from orders where customer_id = 7 and total = 7",
      settings: byIndex,
      analyze: true,
    },
    "many look-ups that find a few rows each": {
      sql: "select count(*) from generate_series(1, 20000) n join orders o on o.id = n and o.status = 'refunded'",
      settings: { ...byIndex, enable_hashjoin: "off", enable_mergejoin: "off", enable_memoize: "off" },
      analyze: true,
    },
    "a filter that keeps a third": {
      sql: "select * from orders where customer_id <= 1000 and status = 'paid'",
      settings: byIndex,
      analyze: true,
    },
    "an index scan that was not run: what the index finds is not printed": { sql, settings: byIndex },
    "a bitmap that is expected to keep most": {
      sql: "select * from orders where customer_id <= 1000 and total > 7",
      settings: byBitmap,
    },
    "a scan in the order of the index up to a LIMIT, which is another rule's": {
      sql: "select * from orders where status = 'refunded' order by created_at desc limit 10",
      settings: { ...byIndex, enable_sort: "off" },
      analyze: true,
    },
    "a bitmap whose memory was too small, which is another rule's": {
      sql: "select * from orders where customer_id < 4000",
      settings: { ...byBitmap, work_mem: "64kB" },
      analyze: true,
    },
  },
});
