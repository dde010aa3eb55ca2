import { expect, test } from "vitest";
import { parsePlan } from "../../src/plan/plan.ts";
import { shapeOf } from "../../src/plan/shape.ts";
import { openShop, parallel, planned } from "./shop.ts";

const shop = await openShop(18);
const joined = "select * from orders o left join customers c on c.id = o.customer_id";

test("a shape names nodes, relations, indexes, what is looked up in them, joins and order", async () => {
  const plan = await planned(shop, `${joined} where o.id < 10 order by o.id limit 5`, { enable_memoize: "off" });
  expect(shapeOf(plan)).toBe(
    "Limit(Nested Loop Left Join(Index Scan orders o using orders_pkey on (id < ?), Index Scan customers c using customers_pkey on (id = customer_id)))",
  );
});

test("constants, costs and VERBOSE do not change a shape", async () => {
  const one = await planned(shop, "select * from orders where customer_id = 1");
  const other = parsePlan(await shop.explain("analyze, verbose", "select * from orders where customer_id = 2"));
  expect(shapeOf(one)).toBe(shapeOf(other));
});

test("another join, another index or another order of the tables is another shape", async () => {
  const shapes = await Promise.all([
    planned(shop, joined),
    planned(shop, joined, { enable_hashjoin: "off", enable_nestloop: "off" }),
    planned(shop, joined.replace("left", "inner")),
    planned(shop, joined, { enable_hashjoin: "off", enable_mergejoin: "off" }),
  ]);
  expect(new Set(shapes.map(shapeOf)).size).toBe(4);
});

test("another order, other groups, another number of workers or another column looked up is another shape", async () => {
  const counted = "select status, count(*) from orders group by status";
  const plans = [
    planned(shop, "select * from orders order by total"),
    planned(shop, "select * from orders order by total desc"),
    planned(shop, counted, { enable_hashagg: "off" }),
    planned(shop, counted.replaceAll("status", "note"), { enable_hashagg: "off" }),
    planned(shop, counted, parallel),
    planned(shop, counted, { ...parallel, max_parallel_workers_per_gather: "1" }),
    planned(shop, "select 1 from settings where key = 'a'", { enable_seqscan: "off" }),
    planned(shop, "select 1 from settings where value = 'a'", { enable_seqscan: "off" }),
  ];
  const shapes = (await Promise.all(plans)).map(shapeOf);
  expect(new Set(shapes).size).toBe(plans.length);
});

test("constants of every type are left out, and names with digits are kept", async () => {
  const shape = async (sql: string) => shapeOf(await planned(shop, sql, { enable_seqscan: "off", enable_bitmapscan: "off" }));
  expect(await shape("select 1 from orders where created_at > '2026-01-02' and created_at < '2027-01-01 10:00+02'")).toBe(
    await shape("select 1 from orders where created_at > '2025-11-12' and created_at < 'infinity'"),
  );
  expect(await shape("select 1 from orders o2 where o2.id in (1, 2, -3)")).toMatch(/orders o2 using orders_pkey on \(id = ANY \(\?\)\)$/);
  expect(await shape("select 1 from orders where id = -5 + 2")).toBe(await shape("select 1 from orders where id = 12345678901"));
});
