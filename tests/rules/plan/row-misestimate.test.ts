import { expect, test } from "vitest";
import { parsePlan } from "../../../src/plan/plan.ts";
import rule from "../../../src/rules/plan/row-misestimate.ts";
import { run } from "../../../src/rules/rule.ts";
import { analyzed, openShop, parallel } from "../../plan/shop.ts";
import { testPlanRule } from "./judged.ts";

/** Statistics say one thing, the rows another; in a table of its own, because dead rows would stay in the shared one. */
const stale = [
  "create temporary table customers as select * from public.customers",
  "analyze customers",
  "update customers set country = 'de'",
];
const correlated = "split_part(status, 'n', 1) = '' and split_part(status, 'w', 2) = '' and length(note) = 60";

testPlanRule(rule, {
  bad: {
    "a scan whose statistics are stale": {
      sql: "select * from customers where country = 'de'",
      setup: stale,
      analyze: true,
      says: /^The planner expected 1 row from Seq Scan on customers and got 5,000\.$/,
    },
    "the scan and not the joins and sorts above it": {
      sql: "select c.name, count(*) from customers c join orders o on o.customer_id = c.id where c.country = 'de' group by 1 order by 2",
      setup: stale,
      analyze: true,
      says: /^The planner expected 1 row from \S+ Scan .*on customers c and got 5,000\.$/,
    },
    "conditions that the planner takes to be independent": {
      sql: `select * from orders where ${correlated}`,
      analyze: true,
      says: /^The planner expected \d+ rows? from Seq Scan on orders and got [\d,]+\.$/,
    },
    "a parallel scan once, with the rows of all workers": {
      sql: `select * from orders where ${correlated}`,
      settings: parallel,
      analyze: true,
      says: /^The planner expected \d+ rows? from Parallel Seq Scan on orders( in \d loops)? and got [\d,]+\.$/,
    },
    "a CTE where it is made, not where it is read": {
      sql: "with german as materialized (select * from customers where country = 'de') select * from german a join german b using (id)",
      setup: stale,
      analyze: true,
      says: /from Seq Scan on customers and got 5,000\.$/,
    },
    "a join whose inputs were estimated well": {
      sql: "select * from bands a join bands b on a.low % 1 = b.low % 1",
      analyze: true,
      version: 15,
      says: /^The planner expected 100 rows from Hash Join \(Hash Cond: \(\(a\.low % '1'::numeric\) = \(b\.low % '1'::numeric\)\)\) and got 10,000\.$/,
    },
  },
  good: {
    "estimates that were right": { sql: "select * from orders where status = 'paid'", analyze: true },
    "a plan that was not run": { sql: "select * from customers where country = 'de'", setup: stale },
    "few rows on both sides": { sql: "select * from customers where country = 'fr' and name like '%00'", analyze: true },
    "a LIMIT that had enough": { sql: "select * from orders where status = 'paid' limit 5", analyze: true },
    "a LIMIT above a join": { sql: "select * from orders o join customers c on c.id = o.customer_id order by o.id limit 5", analyze: true },
    "a Merge Join that needs a part of its input": {
      sql: "select * from orders o join bands b on b.id = o.id",
      settings: { enable_hashjoin: "off", enable_nestloop: "off" },
      analyze: true,
    },
    "a Merge Join that goes back over equal rows": {
      sql: "select count(*) from customers a join customers b using (country) where a.id <= 500 and b.id <= 500",
      settings: { enable_hashjoin: "off", enable_nestloop: "off" },
      analyze: true,
    },
    "an inner side that was never run": {
      sql: "select * from settings s join orders o on o.total > length(s.value) where s.key = 'none'",
      analyze: true,
    },
    "a semi join that stops at the first match": {
      sql: "select * from bands b where exists (select from orders o where o.total >= b.low)",
      settings: { enable_hashjoin: "off", enable_mergejoin: "off" },
      analyze: true,
    },
    "rows of an inner side that version 15 rounds to none": {
      sql: "select * from orders o join customers c on c.id = o.customer_id + 3500 where o.id <= 20000",
      settings: { enable_hashjoin: "off", enable_mergejoin: "off", enable_memoize: "off" },
      analyze: true,
      version: 15,
    },
  },
});

test("analyze, as plan/row-misestimate says, makes the estimate right", async () => {
  const shop = await openShop(18);
  const sql = "select * from customers where country = 'de'";
  const [finding] = run([rule], await analyzed(shop, sql, {}, stale), undefined);
  expect(finding?.fix).toBe("analyze customers;");

  const after = await analyzed(shop, sql, {}, [...stale, finding?.fix ?? ""]);
  expect(run([rule], after, undefined)).toEqual([]);
});

test("the fix names the schema where the plan does", async () => {
  const shop = await openShop(18);
  const explained = await shop.explain("analyze, verbose", 'select * from "Sales"."Order" where n > 0', {}, [
    'create schema "Sales"; create table "Sales"."Order" as select 0 as n from generate_series(1, 5000); analyze "Sales"."Order"; update "Sales"."Order" set n = 1',
  ]);
  const [finding] = run([rule], parsePlan(explained), undefined);
  expect(finding?.fix).toBe('analyze "Sales"."Order";');
});
