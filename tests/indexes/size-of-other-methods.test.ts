import { expect, test } from "vitest";
import type { Version } from "../postgres/server.ts";
import { startTwin } from "../twin/twin.ts";
import { errorOf, type Measured, measure, quantile } from "./measured.ts";
import { otherIndexes, othersOfOtherShapes, otherTables } from "./measured-tables.ts";

const isLong = process.env.LONG !== undefined;
const tables = otherTables(isLong ? 150_000 : 8_000);
const methods = ["gin", "gist", "spgist", "brin", "hash", "bloom"];
const twin = startTwin();

const ofMethod = (measured: readonly Measured[], method: string) => measured.filter((one) => one.method === method);
const medians = (measured: readonly Measured[]) => methods.map((method) => ({ method, error: quantile(ofMethod(measured, method), 0.5) }));

async function compare(version: Version) {
  const measured = await measure(twin, { version, tables, indexes: [...otherIndexes, ...othersOfOtherShapes] });
  expect(measured.length).toBeGreaterThan(50);
  expect(medians(measured).filter(({ error }) => !(error < 0.25))).toEqual([]);
  return measured;
}

test("sizes of all other methods are told within 25 % of those that PostgreSQL 18 builds, by the median of each", async () => {
  const measured = await compare(18);
  expect(medians(measured.slice(-othersOfOtherShapes.length)).filter(({ error }) => !(error < 0.25))).toEqual([]);
  expect(measured.filter((one) => errorOf(one) > 0.5)).toEqual([]);
}, 600_000);

test.runIf(isLong)(
  "sizes of all other methods are told within 25 % of those that PostgreSQL 15 builds, by the median of each",
  () => compare(15),
  600_000,
);
