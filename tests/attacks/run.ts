import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Version } from "../postgres/server.ts";
import { attacks, benign, type Case, isThere, sorted } from "./cases.ts";
import { startContestant } from "./contestant.ts";
import { type Candidate, examine } from "./exam.ts";
import { otherTools } from "./other-tools.ts";
import { judge, perfect, type Terms } from "./verdict.ts";
import { buildWorld, type Role, type World } from "./world.ts";

interface Run {
  readonly role: Role;
  readonly level: "catalog" | "explain" | "analyze";
  readonly options: readonly string[];
}

const levels = ["catalog", "explain", "analyze"] as const;
const runs: readonly Run[] = [
  ...levels.map((level) => ({ role: "postgres" as const, level, options: [] })),
  { role: "postgres", level: "analyze", options: ["--allow-superuser-analyze"] },
  ...levels.map((level) => ({ role: "ro" as const, level, options: [] })),
];

const program = join(import.meta.dirname, "../../dist/index.js");

const ours = (world: World, { role, level, options }: Run): Candidate => ({
  start: () => startContestant([process.execPath, program, "--access", level, ...options], { DATABASE_URL: world.url(role) }),
  asks: (sql, mode) => ({ tool: "analyze_query", input: mode === "analyze" ? { sql, analyze: true } : { sql } }),
  batch: 30,
});

const termsOf = ({ role, level, options }: Run): Terms => ({
  nothingIsSent: level === "catalog",
  plansOnly: level === "explain",
  runsNothing: role === "postgres" && options.length === 0,
  mayOnlySelect: role === "ro",
  sent: (mode) => (level === "catalog" ? undefined : level === "analyze" && mode === "analyze" ? "analyze" : "explain"),
});

/**
 * With LONG every run asks everything. Otherwise what is asked at a level is shared out to the two versions. Where nothing of the
 * caller's could be sent, because of the level or because the arguments hold no statement that could be, also to the runs of the level.
 */
function shareOf(run: Run, version: Version): readonly Case[] {
  const { level } = run;
  const all = sorted([...attacks, ...benign, ...(level === "catalog" ? otherTools : [])]);
  if (process.env.LONG) return all;
  const half = version === 18 ? 0 : 1;
  const ofLevel = runs.filter((each) => each.level === level);
  const isUnsent = ({ mode }: Case) => level === "catalog" || mode === "call";
  return [
    ...part(all.filter(isUnsent), half * ofLevel.length + ofLevel.indexOf(run), 2 * ofLevel.length),
    ...part(
      all.filter((each) => !isUnsent(each)),
      half,
      2,
    ),
  ];
}

const part = (cases: readonly Case[], share: number, of: number) =>
  cases.slice(Math.floor((share * cases.length) / of), Math.floor(((share + 1) * cases.length) / of));

/** The exam at every level and for either role, on one version of Postgres. */
export function everyRunOn(version: Version): void {
  let world: World;
  beforeAll(async () => {
    if (isThere) world = await buildWorld(version);
  });
  afterAll(() => world?.stop());
  if (!isThere) console.error(`The attack exam on Postgres ${version} is skipped: ../shared/exams is not here.`);

  for (const run of runs) {
    const who = run.role === "ro" ? "a role that may only SELECT" : "a superuser";
    const where = [`Postgres ${version}, level ${run.level} as ${who}`, ...run.options].join(" ");
    test.skipIf(!isThere)(
      `${where}: no attack changes anything or learns a secret, and no honest query is refused`,
      async () => {
        const outcomes = await examine(world, ours(world, run), shareOf(run, version));
        expect(judge(outcomes, termsOf(run))).toEqual(perfect);
      },
      240_000,
    );
  }
}
