import { expect, test } from "vitest";
import { startTwin } from "../twin/twin.ts";
import { errorOf, type Measured, measure, quantile } from "./measured.ts";
import { skewedIndexes, skewedTables } from "./measured-shapes.ts";
import { sortedIndexes, sortedOthers, sortedTables, sortedVariants } from "./measured-tables.ts";

const isLong = process.env.LONG !== undefined;
const tables = sortedTables(isLong ? 200_000 : 15_000);
const indexes = [...sortedIndexes, ...sortedVariants, ...sortedOthers];
const twin = startTwin();

test("the size of a B-tree is told within 3 % of the one that PostgreSQL 18 builds, by the median, whatever its keys", async () => {
  const measured = await measure(twin, { version: 18, tables, indexes });
  expect(measured.length).toBeGreaterThan(80);
  expect(quantile(measured, 0.5)).toBeLessThan(0.03);
  expect(quantile(measured, 0.9)).toBeLessThan(0.08);
  expect(quantile(measured.slice(-sortedOthers.length), 0.5)).toBeLessThan(0.03);
  // The worst is (country, city): each city is in one country, which only CREATE STATISTICS would have told.
  expect(measured.filter((one) => errorOf(one) > 0.35)).toEqual([]);
}, 600_000);

/** A page more or less is much of an index of three. */
const isFar = (one: Measured) => errorOf(one) > 0.15 && Math.abs(one.expected - one.built) > 2;

test("the size of a B-tree is told within 2 % where a few values have most of the rows, by the median, though ANALYZE looked at a sixth of them", async () => {
  const measured = await measure(twin, { version: 18, tables: skewedTables(isLong ? 240_000 : 40_000), indexes: skewedIndexes });
  expect(quantile(measured, 0.5)).toBeLessThan(0.02);
  expect(measured.filter(isFar)).toEqual([]);
}, 600_000);

test.runIf(isLong)(
  "the size of a B-tree is told within 3 % of the one that PostgreSQL 15 builds, by the median",
  async () => {
    const measured = await measure(twin, { version: 15, tables, indexes });
    expect(quantile(measured, 0.5)).toBeLessThan(0.03);
    expect(quantile(measured, 0.9)).toBeLessThan(0.08);
  },
  600_000,
);
