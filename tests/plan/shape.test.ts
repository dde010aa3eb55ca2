import { expect, test } from "vitest";
import { parsePlan } from "../../src/plan/plan.ts";
import { shapeOf } from "../../src/plan/shape.ts";
import { openShop, planned } from "./shop.ts";

const shop = await openShop(18);
const joined = "select * from orders o left join customers c on c.id = o.customer_id";

test("a shape names nodes, relations, indexes and joins", async () => {
  const plan = await planned(shop, `${joined} where o.id < 10 order by o.id limit 5`, { enable_memoize: "off" });
  expect(shapeOf(plan)).toBe(
    "Limit(Nested Loop Left Join(Index Scan orders using orders_pkey, Index Scan customers using customers_pkey))",
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
