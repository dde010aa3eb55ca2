import rule from "../../../src/rules/plan/nested-loop-explosion.ts";
import { parallel } from "../../plan/shop.ts";
import { testPlanRule } from "./judged.ts";

const banded = "select o.id, b.id from orders o join bands b on o.total between b.low and b.low where o.id % 4 = 0";

testPlanRule(rule, {
  bad: {
    "a table that was read again for each row": {
      sql: "select * from settings s left join customers c on c.name = replace(s.key, 'key', 'customer')",
      settings: { enable_hashjoin: "off", enable_mergejoin: "off", enable_material: "off" },
      analyze: true,
      says: /^A nested loop goes through 5,000 rows of Seq Scan on customers c for each of 500 rows, 2,500,000 in all, to return 500\.$/,
    },
    "a join by range over a kept inner side": {
      sql: banded,
      analyze: true,
      says: /^A nested loop goes through 100 rows of Seq Scan on bands b for each of 50,000 rows, 5,000,000 in all, to return \d/,
    },
    "a join by range that is expected to go through all pairs": {
      sql: "select * from orders o join customers c on o.total = c.id * 2 + 1 - c.id and o.total > c.id",
      settings: { enable_hashjoin: "off", enable_mergejoin: "off" },
      says: /^The planner expects a nested loop to go through 5,000 rows of Seq Scan on customers c for each of 200,000 rows/,
    },
    "an inner side that workers repeat": {
      sql: "select o.id, b.id from orders o join bands b on o.total between b.low and b.low where o.id <= 20000",
      settings: { ...parallel, min_parallel_table_scan_size: "8MB" },
      analyze: true,
      says: /^A nested loop goes through 100 rows of Seq Scan on bands b for each of 20,000 rows, 2,000,000 in all/,
    },
    "a lateral subquery without an index": {
      sql: "select * from bands b cross join lateral (select sum(total) from orders o where o.note = b.id::text) s where b.id < 20",
      analyze: true,
      says: /^A nested loop goes through 200,000 rows of Seq Scan on orders o for each of 20 rows, 4,000,000 in all/,
    },
    "a lateral subquery that is expected to read the table each time": {
      sql: "select * from bands b cross join lateral (select sum(total) from orders o where o.note = b.id::text) s",
      says: /^The planner expects a nested loop to go through 200,000 rows of Seq Scan on orders o for each of 100 rows, 20,000,000 in all/,
    },
    "a NOT EXISTS that no equality answers": {
      sql: "select * from customers c where c.id <= 20 and not exists (select from orders o where o.total > c.id + 1000)",
      analyze: true,
      says: /^A nested loop goes through [\d,]+ rows of Seq Scan on orders o for each of 20 rows/,
    },
  },
  good: {
    "a hash join": { sql: "select * from orders o join customers c on c.id = o.customer_id", analyze: true },
    "an index that finds each row": {
      sql: "select * from customers c join orders o on o.customer_id = c.id",
      settings: { enable_hashjoin: "off", enable_mergejoin: "off" },
      analyze: true,
    },
    "an index that is expected to find each row": {
      sql: "select * from customers c join orders o on o.customer_id = c.id",
      settings: { enable_hashjoin: "off", enable_mergejoin: "off" },
    },
    "a bitmap that finds each row": {
      sql: "select * from customers c join orders o on o.customer_id = c.id",
      settings: { enable_hashjoin: "off", enable_mergejoin: "off", enable_indexscan: "off" },
      analyze: true,
    },
    "a look-up that is remembered": {
      sql: "select * from orders o join customers c on c.id = o.customer_id where o.id <= 20000",
      settings: { enable_hashjoin: "off", enable_mergejoin: "off" },
      analyze: true,
    },
    "two small tables": { sql: "select * from bands b join bands c on c.low > b.high", analyze: true },
    "all pairs, because all were asked for": { sql: "select * from bands cross join customers, bands c", analyze: false },
    "a large table that is read for the only row": {
      sql: "select * from settings s join orders o on o.note = s.value where s.key = 'key 1'",
      settings: { enable_hashjoin: "off", enable_mergejoin: "off" },
      analyze: true,
    },
    "rounds through what took far longer to find": {
      sql: `select * from customers c join (select (select count(*) from orders o where o.note = b.id || x::text) as n from bands b, generate_series(1, 3) x offset 0) s on s.n = c.id`,
      settings: { enable_hashjoin: "off", enable_mergejoin: "off", enable_indexscan: "off", enable_bitmapscan: "off" },
    },
    "a LIMIT that had enough": { sql: `${banded} limit 1`, analyze: true },
    "a LIMIT that is expected to have enough": { sql: "select * from orders o join bands b on o.total between b.low and b.high limit 1" },
  },
});
