import { afterAll, beforeAll, expect, test } from "vitest";
import { refuseOtherReading } from "../../../src/database/guard/reading.ts";
import { refused } from "../../../src/database/guard/refused.ts";
import { resolve } from "../../../src/database/guard/resolve.ts";
import { admit } from "../../../src/database/guard/statement.ts";
import { loadGrammar } from "../../../src/sql/grammar.ts";
import { parseStatements, type Statement } from "../../../src/sql/parse.ts";
import { createDatabase, startCluster, type Version } from "../../postgres/server.ts";
import { numbersFrom } from "../../sql/selects.ts";
import { hostileWorld } from "./hostile-world.ts";
import { type Candidate, type Court, culprit, type Guard, judge, type Verdict } from "./judge.ts";
import { examTexts, hostile, mutants } from "./mutants.ts";

/** `npm run test:long` tries fifty times as many. */
const TEXTS = process.env.LONG ? 20_000 : 400;
const SEED = 20_261_122;
/** Texts between two looks at the state. */
const BATCH = 1_000;

const exam = examTexts();
if (!exam) console.error("Without the texts of ../shared/exams/attacks.json, which are not here.");

/** Clusters of their own, because what is watched belongs to the whole of them. */
let courts: readonly Court[] = [];

beforeAll(async () => {
  const settings = { log_statement: "all", log_line_prefix: "%a|", autovacuum: "off" };
  await loadGrammar();
  courts = await Promise.all(
    ([15, 18] as const).map(async (version) => {
      const cluster = await startCluster(version, { settings });
      return { cluster, url: (await createDatabase(cluster, hostileWorld)).url };
    }),
  );
});

afterAll(() => Promise.all(courts.map(({ cluster }) => cluster.stop())));

const courtOf = (version: Version) => courts.find(({ cluster }) => cluster.version === version) as Court;

const whole: Guard = {
  admit,
  async resolve(reads, admitted, surroundings) {
    await refuseOtherReading(reads, admitted, surroundings.versionNumber);
    await resolve(reads, admitted, surroundings);
  },
};

function candidates(count: number, seed: number): readonly Candidate[] {
  const made = mutants(seed, exam ?? []);
  const below = numbersFrom(seed + 1);
  return Array.from({ length: count }, () => ({ sql: made.next(), mode: below(2) === 0 ? "analyze" : "explain" }) as const);
}

test.concurrent.each([15, 18] as const)(
  `of ${TEXTS} mutated statements, what passes the guard changes nothing on %d`,
  { timeout: 900_000 },
  async (version) => {
    const verdicts: Verdict[] = [];
    const all = candidates(TEXTS, SEED);
    for (let from = 0; from < TEXTS; from += BATCH) {
      const texts = all.slice(from, from + BATCH);
      const verdict = await judge(whole, courtOf(version), texts);
      verdicts.push(verdict);
      expect(verdict.charges).toEqual([]);
      if (verdict.changed.length > 0) expect(await culprit(whole, courtOf(version), texts), verdict.changed.join(", ")).toBeUndefined();
      expect(verdict.changed).toEqual([]);
    }
    const sum = (of: "admitted" | "sent" | "answered" | "logged") => verdicts.reduce((all, verdict) => all + verdict[of], 0);
    process.stdout.write(`${version}: ${TEXTS} texts, ${sum("admitted")} admitted, ${sum("sent")} sent, ${sum("answered")} answered\n`);
    expect(sum("admitted")).toBeGreaterThan(TEXTS / 5);
    expect(sum("logged")).toBeGreaterThan(4 * sum("sent"));
    expect(sum("answered")).toBeGreaterThan(TEXTS / 20);
  },
);

/** Takes the text as it is if `passes` says so of its statements. */
const careless = (passes: (statements: readonly Statement[]) => boolean): Guard => ({
  async admit(sql) {
    const statements = await parseStatements(sql);
    const [first] = statements;
    if (!first || !passes(statements)) throw refused("statement", "it is not what is looked for", "Pass another.");
    return { text: sql, kind: "SelectStmt", parameters: 0, tree: first.tree };
  },
  async resolve() {},
});

const unresolved: Guard = { ...whole, async resolve() {} };

const weakened: Readonly<Record<string, { readonly guard: Guard; readonly charge: RegExp }>> = {
  "does not resolve names": { guard: unresolved, charge: /^25006 cannot execute lo_create\(\)/m },
  "looks no deeper than SELECT": {
    guard: careless(([first, ...more]) => more.length === 0 && first?.kind === "SelectStmt"),
    charge: /^the transaction wrote for analyze .*into (?:temp )?stolen/im,
  },
  "takes any statement": {
    guard: careless(({ length }) => length === 1),
    charge: /^the transaction wrote for analyze .*create table stolen/im,
  },
  "does not count statements": { guard: careless(() => true), charge: /^42601 cannot insert multiple commands/m },
  "leaves EXPLAIN where it is": {
    guard: careless(([first]) => first?.kind === "ExplainStmt"),
    charge: /^42601 syntax error at or near "explain"/im,
  },
};

test.each(Object.entries(weakened))("a guard that %s is found out", { timeout: 60_000 }, async (_, { guard, charge }) => {
  const { charges } = await judge(guard, courtOf(18), inAnalyze(hostile));
  expect(charges.join("\n")).toMatch(charge);
});

test("a lock that outlives its transaction is seen, and so is the statement that took it", { timeout: 60_000 }, async () => {
  const texts = inAnalyze(["select 1", "table accounts", "select f_vol()", "select 2"]);
  expect(await judge(unresolved, courtOf(18), texts)).toMatchObject({
    admitted: 4,
    sent: 4,
    answered: 4,
    charges: [],
    changed: ["advisory locks"],
    logged: 34,
  });
  expect(await culprit(unresolved, courtOf(18), texts)).toEqual(texts[2]);
});

const inAnalyze = (texts: readonly string[]): readonly Candidate[] => texts.map((sql) => ({ sql, mode: "analyze" }));
