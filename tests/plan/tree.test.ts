import { expect, test } from "vitest";
import { parsePlan } from "../../src/plan/plan.ts";
import { planTree } from "../../src/plan/tree.ts";
import { openShop, parallel, planned } from "./shop.ts";

const shop = await openShop(18);
const newest = `select c.name, o.total from orders o join customers c on c.id = o.customer_id
  where o.status = 'refunded' and c.country = (select min(country) from customers) order by o.created_at desc, c.name limit 10`;

test("a plan is one line a node with its conditions below", async () => {
  const plan = await planned(shop, newest, { enable_nestloop: "off", enable_mergejoin: "off" });
  expect(planTree(plan, { costs: false })).toMatchInlineSnapshot(`
    "Limit
      InitPlan 1: Aggregate
        Seq Scan on customers
      Sort
          Sort Key: o.created_at DESC, c.name
        Hash Join
            Hash Cond: (o.customer_id = c.id)
          Seq Scan on orders o
              Filter: (status = 'refunded'::text)
          Hash
            Seq Scan on customers c
                Filter: (country = (InitPlan 1).col1)"
  `);
});

test("costs and rows are those of EXPLAIN", async () => {
  const plan = await planned(shop, "select * from orders o where id = 7 and total > 3");
  expect(planTree(plan)).toMatchInlineSnapshot(`
    "Index Scan using orders_pkey on orders o  (cost 0.42..8.44, rows 1)
        Index Cond: (id = 7)
        Filter: (total > '3'::numeric)"
  `);
});

test("actual rows, loops and own times are shown where they are known", async () => {
  const plan = parsePlan(
    await shop.explain("analyze", "select * from bands b join customers c on c.id = b.id where b.low > 500", { enable_hashjoin: "off" }),
  );
  expect(planTree(plan).replace(/own time [\d.]+ ms/g, "own time 0.1 ms")).toMatchInlineSnapshot(`
    "Merge Join  (cost 3.91..8.42, rows 49, actual rows 49, own time 0.1 ms)
        Merge Cond: (c.id = b.id)
      Index Scan using customers_pkey on customers c  (cost 0.28..178.28, rows 5000, actual rows 100, own time 0.1 ms)
      Sort  (cost 3.63..3.75, rows 49, actual rows 49, own time 0.1 ms)
          Sort Key: b.id
          Sort Method: quicksort, Memory 26 kB
        Seq Scan on bands b  (cost 0.00..2.25, rows 49, actual rows 49, own time 0.1 ms)
            Filter: (low > '500'::numeric)
            Rows Removed by Filter: 51"
  `);
});

test("workers, sorts and what never ran are shown", async () => {
  const explained = await shop.explain(
    "analyze, timing off",
    "select id from orders where total <> 5 and (select false) order by note",
    parallel,
  );
  expect(planTree(parsePlan(explained))).toContain("never executed");
  const sort = await shop.explain("analyze, timing off", "select id, note from orders order by note, total");
  expect(planTree(parsePlan(sort))).toContain("    Sort Method: external merge, Disk");
});

test("a long condition is cut, and control characters are gone", async () => {
  const ids = Array.from({ length: 200 }, (_, n) => n).join(", ");
  const plan = await planned(shop, `select * from orders where total in (${ids}) and note <> E'\\u0007'`);
  const [, filter] = planTree(plan).split("\n");
  expect(filter?.trim()).toMatch(/^Filter: .*…$/);
  expect(filter?.trim()).toHaveLength("Filter: ".length + 160);
});

test("a large plan is cut with the number of nodes left out", async () => {
  const plan = await planned(shop, Array.from({ length: 9 }, (_, n) => `select id from bands where id = ${n}`).join(" union all "));
  expect(planTree(plan, { costs: false, lines: 6 })).toMatchInlineSnapshot(`
    "Append
      Seq Scan on bands
          Filter: (id = 0)
      Seq Scan on bands bands_1
          Filter: (id = 1)
    … 7 more nodes"
  `);
});

test("names are quoted as Postgres would and cannot break the line", () => {
  const scan = {
    "Node Type": "Seq Scan",
    "Relation Name": "Or\nder",
    Schema: "Shop",
    Alias: "o",
    "Startup Cost": 0,
    "Total Cost": 1,
    "Plan Rows": 1,
    "Plan Width": 4,
  };
  expect(planTree(parsePlan({ Plan: scan }), { costs: false })).toBe('Seq Scan on "Shop".U&"Or\\000ader" o');
});
