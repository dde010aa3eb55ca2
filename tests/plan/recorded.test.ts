import { expect, test } from "vitest";
import { parsePlan } from "../../src/plan/plan.ts";
import { recordedPlans } from "./recorded.ts";
import { toldByText } from "./told-by-text.ts";

const versions = [14, 15, 16, 17, 18];
const recorded = new Map(
  versions.map((version) => [version, recordedPlans(version).map((one) => ({ ...one, plan: parsePlan(one.json) }))]),
);
const plansOf = (version: number) => recorded.get(version) ?? [];

/** Every name that `ExplainNode` in src/backend/commands/explain.c gives a node. A Custom Scan is made by an extension that none of the servers has. */
const types = [
  ...["Result", "ProjectSet", "ModifyTable", "Append", "Merge Append", "Recursive Union", "BitmapAnd", "BitmapOr"],
  ...["Nested Loop", "Merge Join", "Hash Join", "Seq Scan", "Sample Scan", "Gather", "Gather Merge", "Index Scan", "Index Only Scan"],
  ...["Bitmap Index Scan", "Bitmap Heap Scan", "Tid Scan", "Tid Range Scan", "Subquery Scan", "Function Scan", "Table Function Scan"],
  ...["Values Scan", "CTE Scan", "Named Tuplestore Scan", "WorkTable Scan", "Foreign Scan", "Materialize", "Memoize", "Sort"],
  ...["Incremental Sort", "Group", "Aggregate", "WindowAgg", "Unique", "SetOp", "LockRows", "Limit", "Hash"],
];

test.each(versions)("at least 60 plans of PostgreSQL %i with every type of node are read", (version) => {
  const plans = plansOf(version).map(({ plan }) => plan);
  expect(plans.length).toBeGreaterThanOrEqual(60);
  expect([...new Set(plans.flatMap(({ nodes }) => nodes.map(({ type }) => type)))].sort()).toEqual(types.sort());
});

test.each(versions)("a plan of PostgreSQL %i is the same read from text and from JSON", (version) => {
  for (const { name, options, text, plan } of plansOf(version)) {
    expect(toldByText(parsePlan(text), options), name).toBe(toldByText(plan, options));
  }
});

test.each(versions)("own times of a plan of PostgreSQL %i add up to its time", (version) => {
  const off = plansOf(version).flatMap(({ name, plan: { root, nodes } }) => {
    const total = root.timePerLoop ?? 0;
    const sum = nodes.reduce((time, { ownTime = 0 }) => time + ownTime, 0);
    // Times are printed in thousandths of a millisecond.
    return Math.abs(sum - total) > Math.max(0.02 * total, 0.002) ? [`${name}: ${sum.toFixed(3)} of ${total}`] : [];
  });
  expect(off).toEqual([]);
});

test.each(versions)("own blocks of a plan of PostgreSQL %i add up to those of its root", (version) => {
  for (const { name, plan } of plansOf(version)) {
    const { root, nodes } = plan;
    const sum = nodes.reduce((blocks, { ownBuffers }) => blocks + (ownBuffers?.sharedHit ?? 0) + (ownBuffers?.sharedRead ?? 0), 0);
    expect(sum, name).toBe((root.buffers?.sharedHit ?? 0) + (root.buffers?.sharedRead ?? 0));
  }
});
