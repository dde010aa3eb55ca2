import { expect, test } from "vitest";
import { parsePlan } from "../../src/plan/plan.ts";
import { planView } from "../../src/plan/view.ts";
import { recordedPlans } from "./recorded.ts";

test("a view is a list of nodes, each after its parent, that survives JSON and adds up", () => {
  for (const { name, json } of recordedPlans(18)) {
    const view = planView(parsePlan(json), []);
    expect(JSON.parse(JSON.stringify(view)), name).toEqual(view);
    for (const { id, parent } of view.nodes) expect(parent ?? -1).toBeLessThan(id);
    expect(view.nodes.filter(({ parent }) => parent === undefined)).toHaveLength(1);
    expect(Math.abs(view.nodes.reduce((sum, { own }) => sum + own, 0) - view.total)).toBeLessThan(0.001);
  }
});

test("a node has what a view draws of it", () => {
  const { json } = recordedPlans(18).find(({ name }) => name === "Seq Scan") ?? {};
  expect(planView(parsePlan(json), [])).toEqual({
    unit: "ms",
    total: expect.any(Number),
    nodes: [
      {
        id: 0,
        title: "Seq Scan on orders",
        own: expect.any(Number),
        share: 1,
        reason: "reads 20,000 rows to keep 21",
        expected_rows: 100,
        actual_rows: 21,
        loops: 1,
        total_cost: 636,
        blocks: { hit: 286, read: 0, temp: 0 },
        conditions: ["Filter: ((note <> 'y'::text) AND ((total + '1'::numeric) = '5'::numeric))"],
        facts: ["Rows Removed by Filter: 19979"],
        findings: [],
      },
    ],
  });
});

test("a finding is at the node that its message names, or at those that read its relation", () => {
  const { json } = recordedPlans(18).find(({ name }) => name === "Hash Join") ?? {};
  const view = planView(parsePlan(json), [
    { rule: "plan/a", message: "Seq Scan on customers c reads it all." },
    { rule: "plan/b", message: "Nothing is named.", object: "orders" },
    { rule: "query/c", message: "Of the text.", object: "orders" },
    { rule: "plan/d", message: "The whole plan." },
  ]);
  expect(view.nodes.map(({ title, findings }) => [title, findings])).toEqual([
    ["Hash Join", []],
    ["Seq Scan on orders o", [1]],
    ["Hash", []],
    ["Seq Scan on customers c", [0]],
  ]);
});

test("a node that brings a wrong estimate in says by how much, and those above it do not", () => {
  const { json } = recordedPlans(18).find(({ name }) => name === "Nested Loop") ?? {};
  expect(planView(parsePlan(json), []).nodes.map(({ misestimate }) => misestimate)).toEqual([
    undefined,
    undefined,
    { error: "fewer", factor: 1270 },
  ]);
});
