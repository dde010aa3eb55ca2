import { expect, test } from "vitest";
import { startTwin } from "../twin/twin.ts";
import { errorOf, measure, quantile } from "./measured.ts";
import { documentEntries, documentTables, documentTrees, guessed } from "./measured-shapes.ts";

const isLong = process.env.LONG !== undefined;
const tables = documentTables(isLong ? 200_000 : 12_000);
const twin = startTwin();

async function compare(version: 15 | 18) {
  const indexes = [...documentTrees, ...documentEntries, ...guessed];
  const measured = await measure(twin, { version, tables, indexes, expressions: "estimated" });
  const trees = measured.slice(0, documentTrees.length);
  const entries = measured.slice(documentTrees.length, -guessed.length);
  expect(quantile(trees, 0.5)).toBeLessThan(0.03);
  expect(trees.filter((one) => errorOf(one) > 0.35)).toEqual([]);
  expect(quantile(entries, 0.5)).toBeLessThan(0.15);
  expect(entries.filter((one) => errorOf(one) > 0.5)).toEqual([]);
  expect(measured.slice(-guessed.length).filter(({ expected, built }) => Math.max(expected / built, built / expected) > 3)).toEqual([]);
}

test(
  "sizes of indexes over documents and what they hold are told from the hundred that ANALYZE kept: B-trees within 3 % by the median, what nothing tells within a factor of three",
  () => compare(18),
  600_000,
);

test.runIf(isLong)("PostgreSQL 15 builds them as large", () => compare(15), 600_000);
