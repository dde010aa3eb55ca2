import { writeFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import type { PlanNode } from "../../src/plan/plan.ts";
import { besideNewer, type Compared, compare, type Likeness } from "./compare.ts";
import { differs, type Figures, figuresOf, isWithin, type Judged, judge, table } from "./verdict.ts";
import { enter, type Loaded, load, type Stage, type Workload, workloads } from "./workloads.ts";

interface Measured {
  readonly title: string;
  readonly version: 15 | 18;
  readonly judged: readonly Judged[];
  /** What the twin said was missing, and what it could not plan. */
  readonly missing: readonly string[];
}

const measured: Measured[] = [];
const of = (version: 15 | 18) => measured.filter((one) => one.version === version);
const judgedOf = (version: 15 | 18) => of(version).flatMap(({ judged }) => judged);

async function measure(workload: Workload): Promise<void> {
  const [fifteen, eighteen] = await Promise.all([load(workload, 15), load(workload, 18)]);
  // What 15 does not have is left out of the 18 that its plans are laid beside.
  const isSame = String(workload.scripts(15)) === String(workload.scripts(18));
  const newer = isSame ? eighteen : await load({ ...workload, scripts: () => workload.scripts(15) }, 18);
  for (const stage of workload.stages) {
    const title = `${workload.name}, ${stage.name}`;
    const [old, own] = await Promise.all([measureStage(stage, fifteen), measureStage(stage, eighteen)]);
    if (newer !== eighteen) await enter(stage, newer);
    const changed = old.compared.filter(differs);
    const beside = await besideNewer(newer, changed);
    const likeness = new Map<Compared, Likeness | undefined>(changed.map((one, at) => [one, beside[at]]));
    measured.push(
      {
        title: `${title}: 15`,
        version: 15,
        judged: old.compared.map((one) => judge(one, likeness.get(one))),
        missing: [...old.limits, ...old.refused],
      },
      {
        title: `${title}: 18`,
        version: 18,
        judged: own.compared.map((one) => judge(one, undefined)),
        missing: [...own.limits, ...own.refused],
      },
    );
  }
}

async function measureStage(stage: Stage, loaded: Loaded) {
  await enter(stage, loaded);
  return compare(loaded, stage.queries(loaded.version));
}

beforeAll(async () => {
  for (const workload of workloads()) await measure(workload);
  const lines = [
    ...measured.map(({ title, judged }): [string, Figures] => [title, figuresOf(judged)]),
    ...([15, 18] as const).map((version): [string, Figures] => [`all: ${version}`, figuresOf(judgedOf(version))]),
  ];
  process.stdout.write(`${table(lines)}\n`);
  if (process.env.FIGURES) writeFileSync(process.env.FIGURES, JSON.stringify(Object.fromEntries(lines)));
}, 7_200_000);

const described = ({ name, sql, ratio, deviation, twin, real }: Judged) =>
  `${name} x${ratio.toFixed(4)} ${deviation ?? ""}: ${sql.replaceAll(/\s+/g, " ").slice(0, 160)}\n${firstDifference(twin.plan.root, real.plan.root)}`;

/** The deepest node whose own numbers or words differ, under which all is the same: the cause, mostly. */
function firstDifference(twin: PlanNode | undefined, real: PlanNode | undefined): string | undefined {
  const below = Math.max(twin?.children.length ?? 0, real?.children.length ?? 0);
  for (let at = 0; at < below; at += 1) {
    const found = firstDifference(twin?.children[at], real?.children[at]);
    if (found !== undefined) return found;
  }
  const [ours, theirs] = [twin, real].map(inOneLine);
  return ours === theirs ? undefined : `  twin ${ours}\n  real ${theirs}`;
}

const inOneLine = (node: PlanNode | undefined) =>
  node &&
  `${node.title} (${node.startupCost}..${node.totalCost} rows ${node.planRows} width ${node.planWidth}) ${node.conditions.map(({ label, text }) => `${label} ${text}`).join(" ")}`;

const share = (judged: readonly Judged[], is: (one: Judged) => boolean) => judged.filter(is).length / judged.length;

test("the twin plans at least 98 % of 150 queries as PostgreSQL 18 does, word for word", () => {
  const judged = judgedOf(18);
  expect(judged.length).toBeGreaterThanOrEqual(150);
  expect(
    share(judged, (one) => one.sameShape),
    judged
      .filter((one) => !one.sameShape)
      .map(described)
      .join("\n\n"),
  ).toBeGreaterThanOrEqual(0.98);
});

test("at least 95 % of them cost within 0.5 % of what PostgreSQL 18 says", () => {
  const judged = judgedOf(18);
  const off = judged.filter((one) => !isWithin(one, 0.005));
  expect(
    share(judged, (one) => isWithin(one, 0.005)),
    off.map(described).join("\n\n"),
  ).toBeGreaterThanOrEqual(0.95);
});

/** At full size more plans are shared by workers, and of those 16 to 18 changed the most. */
const ofFifteen = process.env.LONG === undefined ? 0.95 : 0.94;

test("the twin of PostgreSQL 15 reads at least 94 % of the queries by the same scans, and 95 % cost within 1 %", () => {
  const judged = judgedOf(15);
  const off = judged.filter((one) => !isWithin(one, 0.01));
  expect(share(judged, (one) => one.sameScans)).toBeGreaterThanOrEqual(0.94);
  expect(
    share(judged, (one) => isWithin(one, 0.01)),
    off.map(described).join("\n\n"),
  ).toBeGreaterThanOrEqual(ofFifteen);
});

/**
 * At full size two things show that nobody can tell a twin: how many pages of a GIN index hold entries stands in no catalog,
 * and its hash tables are reckoned with pointers of 32 bits, so that one may fit into `work_mem` that does not at home.
 */
const unknowable = process.env.LONG === undefined ? 0 : 0.01;

test("where a twin differs from its server, real 18 differs from 15 in the same way, or the plans cost the same", () => {
  const faults = measured.flatMap(({ title, judged }) =>
    judged.filter((one) => one.deviation === "our fault").map((one) => `${title}: ${described(one)}`),
  );
  const all = measured.flatMap(({ judged }) => judged);
  expect(faults.length, faults.join("\n\n")).toBeLessThanOrEqual(unknowable * all.length);
});

test("what is missing from the twin is what no twin can have", () => {
  const told = measured.map(
    ({ title, missing }) => [title, missing.map((what) => what.replace(/(PostgreSQL \d+)\.\d+/, "$1")).sort()] as const,
  );
  expect(Object.fromEntries(told.filter(([, missing]) => missing.length > 0))).toMatchInlineSnapshot(`
    {
      "objects, as installed: 15": [
        "function public.sounds(text) is written in c: the twin knows its cost, not its value",
        "index turned_backwards of public.turned is not in the twin",
        "public.near_2 is a foreign table, which the twin cannot plan",
        "what can be done with owner (public.handle) of public.handles is not in the twin",
      ],
      "objects, as installed: 18": [
        "function public.sounds(text) is written in c: the twin knows its cost, not its value",
        "index turned_backwards of public.turned is not in the twin",
        "public.near_2 is a foreign table, which the twin cannot plan",
        "what can be done with owner (public.handle) of public.handles is not in the twin",
      ],
      "stale statistics, odd settings: 15": [
        "there are no statistics of empty: analyze empty;",
        "there are no statistics of never: analyze never;",
        "there are no statistics of parts_3: analyze parts_3;",
      ],
      "stale statistics, odd settings: 18": [
        "there are no statistics of empty: analyze empty;",
        "there are no statistics of never: analyze never;",
        "there are no statistics of parts_3: analyze parts_3;",
      ],
    }
  `);
});

test("with sizes told by files the twin of 18 plans the shop as 18 does, and misses only the height of B-trees", async () => {
  const [shop] = workloads().filter(({ name }) => name === "shop");
  const [stage] = shop?.stages ?? [];
  if (!shop || !stage) throw new Error("the shop is not among the workloads");
  const loaded = await load(shop, 18);
  await enter(stage, loaded);
  const { compared } = await compare(loaded, stage.queries(18), "files");
  expect(compared.filter((one) => !one.sameShape).map((one) => described(judge(one, undefined)))).toEqual([]);
  expect(compared.filter((one) => !isWithin(one, 0.25)).map((one) => described(judge(one, undefined)))).toEqual([]);
}, 60_000);
