import { expect, test } from "vitest";
import { startTwin } from "../twin/twin.ts";
import { errorOf, measure, quantile } from "./measured.ts";
import { documentEntries, documentTables, documentTrees, guessedTree } from "./measured-shapes.ts";

const isLong = process.env.LONG !== undefined;
const tables = documentTables(isLong ? 200_000 : 12_000);
const twin = startTwin();

async function compare(version: 15 | 18) {
  const indexes = [...documentTrees, ...documentEntries, guessedTree];
  const measured = await measure(twin, { version, tables, indexes, expressions: "estimated" });
  const trees = measured.slice(0, documentTrees.length);
  const entries = measured.slice(documentTrees.length, -1);
  expect(quantile(trees, 0.5)).toBeLessThan(0.03);
  expect(trees.filter((one) => errorOf(one) > 0.2)).toEqual([]);
  expect(quantile(entries, 0.5)).toBeLessThan(0.15);
  expect(entries.filter((one) => errorOf(one) > 0.5)).toEqual([]);
  return measured;
}

test("sizes of indexes over documents and what they hold are told from the hundred that ANALYZE kept, those of B-trees within 3 % by the median", async () => {
  const guessed = (await compare(18)).at(-1);
  expect((guessed?.expected ?? 0) / (guessed?.built ?? 1)).toBeLessThan(3);
  expect((guessed?.built ?? 0) / (guessed?.expected ?? 1)).toBeLessThan(3);
}, 600_000);

test.runIf(isLong)(
  "PostgreSQL 15 builds them as large",
  async () => {
    await compare(15);
  },
  600_000,
);
