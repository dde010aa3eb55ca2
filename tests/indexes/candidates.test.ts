import pg from "pg";
import { beforeAll, expect, test } from "vitest";
import { needsOf } from "../../src/twin/build.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import type { Version } from "../postgres/server.ts";
import { startTwin, wholeCatalog } from "../twin/twin.ts";
import { buildAll, loadData, predict, readCandidates, type Tried } from "./trials.ts";

const wanted = readCandidates();
let real18: readonly Tried[];
let real15: readonly Tried[];
let twin18: readonly Tried[];
let twin15: readonly Tried[];

async function compare(version: Version): Promise<readonly [real: readonly Tried[], twin: readonly Tried[]]> {
  const { url, drop } = await freshDatabase(version);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await loadData(client);
  const catalog = await wholeCatalog(url);
  const real = await buildAll(client, wanted);
  await client.end();
  await drop();
  return [real, await startTwin().use(needsOf(catalog), (session) => predict(session, catalog, wanted))];
}

beforeAll(async () => {
  [[real18, twin18], [real15, twin15]] = await Promise.all([compare(18), compare(15)]);
}, 240_000);

interface Pair {
  readonly name: string;
  readonly isRight: boolean;
  /** Of the cost that was told, to the cost with the index in place. */
  readonly cost: number;
  /** The same of the rows. */
  readonly rows: number;
}

function pairs(told: readonly Tried[], real: readonly Tried[]): readonly Pair[] {
  return wanted.flatMap(({ index, queries }, position) =>
    queries.flatMap((query, number) => {
      const [ours, theirs] = [told[position]?.answers[number], real[position]?.answers[number]];
      if (!ours || !theirs) return [];
      return [
        { name: `${index}: ${query}`, isRight: ours.used === theirs.used, cost: ours.cost / theirs.cost, rows: ours.rows / theirs.rows },
      ];
    }),
  );
}

/** Without those that real 18 answers as the twin does: they changed between the two versions. */
const pairsOf15 = () => {
  const changed = pairs(twin15, real18);
  return pairs(twin15, real15).filter(({ isRight, cost }, position) => {
    const at18 = changed[position];
    return isRight && off(cost) <= 0.03 ? true : !at18?.isRight || off(at18.cost) > 0.03;
  });
};

const off = (ratio: number) => Math.abs(ratio - 1);
const quantile = (numbers: readonly number[], share: number) =>
  numbers.toSorted((one, other) => one - other)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? Number.NaN;

const farthest = (all: readonly Pair[]) =>
  all
    .filter(({ isRight, cost }) => !isRight || off(cost) > 0.03)
    .map(({ name, isRight, cost }) => `${isRight ? "" : "WRONG "}x${cost.toFixed(3)} ${name}`)
    .join("\n");

test("every candidate can be tried that a server can build", () => {
  expect(wanted.length).toBeGreaterThanOrEqual(60);
  expect(twin18.map(({ refused }) => refused)).toEqual(real18.map(({ refused }) => refused));
});

test("whether PostgreSQL 18 would use a candidate is told right for 98 % of candidates and queries", () => {
  const all = pairs(twin18, real18);
  expect(all.length).toBeGreaterThanOrEqual(140);
  expect(all.filter(({ isRight }) => isRight).length / all.length, farthest(all)).toBeGreaterThanOrEqual(0.98);
});

test("the cost with a candidate in place is told within 0.5 % in the median and 4 % for nine of ten, on PostgreSQL 18", () => {
  const all = pairs(twin18, real18);
  const costs = all.map(({ cost }) => off(cost));
  expect(quantile(costs, 0.5), farthest(all)).toBeLessThanOrEqual(0.005);
  expect(quantile(costs, 0.9), farthest(all)).toBeLessThanOrEqual(0.04);
});

test("on PostgreSQL 15 both hold too, but for what changed between the versions", () => {
  const all = pairsOf15();
  const costs = all.map(({ cost }) => off(cost));
  expect(all.length).toBeGreaterThanOrEqual(pairs(twin15, real15).length * 0.95);
  expect(all.filter(({ isRight }) => isRight).length / all.length, farthest(all)).toBeGreaterThanOrEqual(0.98);
  expect(quantile(costs, 0.5), farthest(all)).toBeLessThanOrEqual(0.005);
  expect(quantile(costs, 0.9), farthest(all)).toBeLessThanOrEqual(0.03);
});

test("the size of a candidate is told within 3 % in the median for B-trees and 25 % for other methods", () => {
  const sizes = wanted.map(({ index }, position) => ({
    index,
    ratio: (twin18[position]?.blocks ?? 0) / (real18[position]?.blocks ?? 0),
  }));
  const farthestSizes = sizes.filter(({ ratio }) => off(ratio) > 0.1).map(({ index, ratio }) => `x${ratio.toFixed(2)} ${index}`);
  const median = (isMeant: (index: string) => boolean) =>
    quantile(
      sizes.filter(({ index }) => isMeant(index)).map(({ ratio }) => off(ratio)),
      0.5,
    );
  expect(
    median((index) => !index.includes(" using ")),
    farthestSizes.join("\n"),
  ).toBeLessThanOrEqual(0.03);
  expect(
    median((index) => index.includes(" using ")),
    farthestSizes.join("\n"),
  ).toBeLessThanOrEqual(0.25);
});

test("the rows that an expression finds are told within a factor of 1.3 of what ANALYZE makes of the built index, for most", () => {
  const onExpressions = pairs(twin18, real18).filter(({ name }) =>
    /\(\(|\((?:lower|slug|date_trunc|extract|substring|coalesce|date_part)\(/.test(name.split(": ")[0] ?? ""),
  );
  const far = onExpressions.filter(({ rows }) => rows > 1.3 || rows < 1 / 1.3).map(({ name, rows }) => `x${rows.toFixed(2)} ${name}`);
  expect(onExpressions.length).toBeGreaterThanOrEqual(25);
  expect(far.length / onExpressions.length, far.join("\n")).toBeLessThanOrEqual(0.15);
});
