import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { migrationRules } from "../../src/rules/migration-rules.ts";
import { migrationStyleRules } from "../../src/rules/migration-style-rules.ts";
import { run } from "../../src/rules/rule.ts";
import { readSteps, rehearsedSteps } from "./migration-steps.ts";

const rules = [...migrationRules, ...migrationStyleRules];

interface Case {
  readonly id: string;
  readonly suite: string;
  readonly sql: string;
  readonly setup?: string;
  readonly expected: readonly string[];
  /** `expected` has every hazard that there is. */
  readonly complete: boolean;
  /** The ids that the case can judge; "*hazard" is every one of the list of hazards. */
  readonly scope: readonly string[];
  readonly settings: { readonly assume_in_transaction?: boolean; readonly pg_version?: string };
}

const folder = join(import.meta.dirname, "../../../shared/exams");
const isThere = existsSync(folder);
const exam = <Content>(name: string): Content => JSON.parse(readFileSync(join(folder, name), "utf8"));
if (!isThere) console.error("tests/rules/migration-exam.test.ts is skipped: ../shared/exams is not here.");

test.skipIf(!isThere)(
  "the migration exam: what we report is right, and what is there is reported",
  async () => {
    const answers: Answer[] = [];
    for (const one of exam<readonly Case[]>("migrations.json")) answers.push(judge(one, await reportsOf(one)));

    const all = scoresOf(answers);
    const complete = scoresOf(answers.filter((answer) => answer.complete));
    const told = answers.flatMap(({ wrong, missed }) => [...listed("wrong", wrong), ...listed("missed", missed)]);
    console.error(["The migration exam", JSON.stringify({ all, complete }), ...told].join("\n"));
    expect(all.precision).toBeGreaterThanOrEqual(0.95);
    expect(all.recall).toBeGreaterThanOrEqual(0.95);
    expect(complete.precision).toBeGreaterThanOrEqual(0.97);
    expect(complete.recall).toBeGreaterThanOrEqual(0.97);
  },
  300_000,
);

function scoresOf(answers: readonly Answer[]) {
  const [right, wrong, missed] = (["right", "wrong", "missed"] as const).map((kind) => answers.flatMap((answer) => answer[kind]).length);
  return { cases: answers.length, precision: share(right ?? 0, wrong ?? 0), recall: share(right ?? 0, missed ?? 0) };
}

interface Report {
  readonly case: string;
  readonly id: string;
}

interface Answer {
  readonly complete: boolean;
  readonly right: readonly Report[];
  readonly wrong: readonly Report[];
  readonly missed: readonly Report[];
}

const hazards: readonly string[] = isThere ? exam<{ readonly hazard: readonly string[] }>("ids.json").hazard : [];

function judge({ id: name, expected, scope, complete }: Case, reports: ReadonlySet<string>): Answer {
  const asReports = (ids: readonly string[]) => ids.map((id) => ({ case: name, id }));
  const judged = [...reports].filter((id) => scope.includes(id) || (scope.includes("*hazard") && hazards.includes(id)));
  return {
    complete,
    right: asReports(expected.filter((id) => reports.has(id))),
    wrong: asReports(judged.filter((id) => !expected.includes(id))),
    missed: asReports(expected.filter((id) => !reports.has(id))),
  };
}

/** The suite "pgls" takes every file as one transaction, and has no setting that says so. */
async function reportsOf({ sql, suite, settings, setup }: Case): Promise<ReadonlySet<string>> {
  const inTransaction = settings.assume_in_transaction ?? suite === "pgls";
  const steps = setup
    ? await rehearsedSteps(sql, { setup: schemaOf(setup), rows: {}, inTransaction })
    : await readSteps(sql, inTransaction);
  const version = settings.pg_version === undefined ? undefined : Math.floor(Number(settings.pg_version));
  return new Set(steps.flatMap((step) => run(rules, step, version)).map(({ rule }) => rule.replace("migration/", "")));
}

/** A twin has the schema and no rows, and builds its indexes as they are. */
const schemaOf = (setup: string) =>
  `create extension if not exists citext; ${setup.replaceAll(/insert into [^;]*;/g, "").replaceAll(/index concurrently/g, "index")}`;

const share = (part: number, rest: number) => Number((part / (part + rest)).toFixed(3));
const listed = (word: string, reports: readonly Report[]) => reports.map((report) => `  ${word}: ${report.id} in ${report.case}`);
