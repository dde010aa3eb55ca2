import { expect, test } from "vitest";
import type { Finding } from "../../src/finding.ts";
import { type MigrationRule, run } from "../../src/rules/rule.ts";
import { readSteps, rehearsedSteps } from "./migration-steps.ts";

/** A script in which the rule finds exactly one thing; what is given of it must be so. */
export interface Bad {
  readonly sql: string;
  /** The runner wraps the script into a transaction. */
  readonly inTransaction?: boolean;
  /** The text that the span covers. */
  readonly at?: string;
  readonly message?: string;
  readonly severity?: Finding["severity"];
  readonly object?: string;
  /** The fix as it reads; null where there must be none. */
  readonly fix?: string | null;
  readonly undo?: string;
}

export type Good = string | Pick<Bad, "sql" | "inTransaction">;

interface Lists {
  readonly bad: readonly (string | Bad)[];
  readonly good: readonly Good[];
}

export interface Cases extends Lists {
  /** The major version of the server; without it, nobody knows. */
  readonly postgres?: number;
  /** The same with a schema: each script is rehearsed on it. Rows are those to believe of a table; of the others nobody knows. */
  readonly rehearsed?: Lists & { readonly setup: string; readonly rows?: Readonly<Record<string, number>> };
}

/** `bad` and `good` are read without a schema: only the text says what happens. */
export function testMigrationRule(rule: MigrationRule, { bad, good, rehearsed, postgres }: Cases): void {
  const find = async ({ sql, inTransaction = false }: Bad) =>
    (await readSteps(sql, inTransaction)).flatMap((step) => run([rule], step, postgres));
  testLists({ bad, good }, "", find);
  if (!rehearsed) return;

  const { setup, rows = {} } = rehearsed;
  const findRehearsed = async ({ sql, inTransaction = false }: Bad) =>
    (await rehearsedSteps(sql, { setup, rows, inTransaction })).flatMap((step) => run([rule], step, postgres));
  testLists(rehearsed, " when rehearsed", findRehearsed);
}

function testLists({ bad, good }: Lists, how: string, find: (script: Bad) => Promise<readonly Finding[]>): void {
  test.each(bad.map(asBad))(`finds it${how}: $sql`, async (expected) => {
    const [finding, ...others] = await find(expected);
    expect(others).toEqual([]);
    expect(told(finding, expected)).toEqual(expected);
    if (finding?.fix) expect(await find({ sql: finding.fix }), "the fix silences the rule").toEqual([]);
  });

  test.each(good.map(asBad))(`is silent${how}: $sql`, async (script) => {
    expect(await find(script)).toEqual([]);
  });
}

const asBad = (bad: string | Bad): Bad => (typeof bad === "string" ? { sql: bad } : bad);

/** Of a finding, what the test says something of. */
function told(finding: Finding | undefined, expected: Bad) {
  const { sql, inTransaction } = expected;
  const at = finding?.span && sql.slice(finding.span.start, finding.span.end);
  const all = { ...finding, sql, inTransaction, at, fix: finding?.fix ?? null };
  return finding && Object.fromEntries(Object.keys(expected).map((key) => [key, all[key as keyof typeof all]]));
}
