import rule from "../../../src/rules/plan/io-heavy.ts";
import { testPlanRule } from "./judged.ts";

/** From version 17 on pages can be put out of shared_buffers; before, only a restart does. */
const cold = ["create extension pg_buffercache", "select pg_buffercache_evict_relation('orders')"];
const total = ["create index orders_total_idx on orders (total)"];
const byIndex = { enable_seqscan: "off", enable_bitmapscan: "off" };
const scattered = "select * from orders where total = any (array[5, 105, 205, 305, 405, 505, 605, 705, 805, 905])";
/** Nine rows in ten are dead. */
const bloated = [
  "create table events (id int, body text)",
  "alter table events alter column body set storage plain",
  "insert into events select n, repeat('x', 3900) from generate_series(1, 2400) n",
  "delete from events where id % 10 <> 0",
  "create extension pg_buffercache",
  "select pg_buffercache_evict_relation('events')",
];

testPlanRule(rule, {
  bad: {
    "a page for each row": {
      sql: scattered,
      setup: [...total, ...cold],
      settings: byIndex,
      analyze: true,
      says: /^Index Scan using orders_total_idx on orders reads 2,0\d\d blocks that were not in shared_buffers for 2,0\d\d rows, because these rows lie scattered, or their long values are stored apart\.$/,
    },
    "a page for each row of a bitmap": {
      sql: scattered,
      setup: [...total, ...cold],
      settings: { enable_seqscan: "off", enable_indexscan: "off" },
      analyze: true,
      says: /^Bitmap Heap Scan on orders reads 2,0\d\d blocks/,
    },
    "a table of dead rows": {
      sql: "select * from events",
      setup: bloated,
      analyze: true,
      says: /^Seq Scan on events reads 1,200 blocks that were not in shared_buffers for 240 rows, because most blocks hold no living row, or long values that are stored apart\.$/,
    },
  },
  good: {
    "look-ups in pages that stay in shared_buffers": {
      sql: "select c.name from (select 1 + n * 7919 % 5000 as id from generate_series(1, 5000) n) s join customers c using (id)",
      settings: { ...byIndex, enable_hashjoin: "off", enable_mergejoin: "off", enable_memoize: "off" },
      analyze: true,
    },
    "a plan that was not run": { sql: scattered, setup: total, settings: byIndex },
    "a cold table whose pages are full": { sql: "select * from orders", setup: cold, analyze: true },
    "an index in the order of the table": {
      sql: "select * from orders where created_at < '2026-01-03'",
      setup: cold,
      settings: byIndex,
      analyze: true,
    },
    "few pages": { sql: "select * from orders where customer_id = 7", setup: cold, settings: byIndex, analyze: true },
  },
});
