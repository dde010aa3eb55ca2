import { expect, test } from "vitest";
import { costlyNodes } from "../../src/plan/costly.ts";
import { parsePlan } from "../../src/plan/plan.ts";
import { recordedPlans } from "./recorded.ts";
import { analyzed, openShop, planned } from "./shop.ts";

const shop = await openShop(18);

test("own costs add up to the cost of the plan", () => {
  for (const version of [14, 18])
    for (const { name, json } of recordedPlans(version)) {
      const { nodes, root } = parsePlan(json);
      const sum = nodes.reduce((cost, { ownCost }) => cost + ownCost, 0);
      expect(Math.abs(sum - root.totalCost), name).toBeLessThanOrEqual(Math.max(0.02 * root.totalCost, 0.01 * nodes.length));
    }
});

const told = (plan: Parameters<typeof costlyNodes>[0]) => costlyNodes(plan).map(({ node, reason }) => `${node.title} ${reason}`);

test("the nodes that take most of the time are first, each with the reason", async () => {
  const wasteful = await analyzed(shop, "select * from orders where total = 5 and note <> 'y' limit 1000");
  expect(told(wasteful)[0]).toBe("Seq Scan on orders reads 200,000 rows to keep 201");
  const onDisk = recordedPlans(18).find(({ name }) => name === "Sort on disk");
  expect(told(parsePlan(onDisk?.json))).toContainEqual(expect.stringMatching(/^Sort sorts on disk \([\d,]+ kB\)$/));
  for (const { share } of costlyNodes(wasteful)) expect(share).toBeGreaterThanOrEqual(0.1);
});

test("a plan that was not run is weighed by its costs, with the inner side of a loop as often as it is expected to run", async () => {
  const plan = await planned(shop, "select * from customers c join bands b on b.low > c.id where c.country = 'fr'", {
    enable_material: "off",
  });
  const inner = plan.nodes.find(({ parentRelationship }) => parentRelationship === "Inner");
  expect(costlyNodes(plan)[0]?.node).toBe(inner);
  expect(told(await planned(shop, "select * from orders where total + 1 = 5"))).toEqual([
    "Seq Scan on orders reads all 200,000 rows to return 1,000",
  ]);
});

test("what a subquery reads counts as often as the subquery is expected to run", async () => {
  const plan = await planned(shop, "select (select max(o.total) from orders o where o.note <> c.country) from customers c");
  const [first] = costlyNodes(plan);
  expect(first?.node.relation?.name).toBe("orders");
});

test("at most three nodes are named, and none that takes little", () => {
  for (const { json } of recordedPlans(18)) {
    const costly = costlyNodes(parsePlan(json));
    expect(costly.length).toBeLessThanOrEqual(3);
    for (const { reason } of costly) expect(reason).toMatch(/^[a-z][^.]+$/);
  }
});
