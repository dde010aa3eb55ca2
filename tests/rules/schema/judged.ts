import { beforeAll, expect, test } from "vitest";
import type { Finding } from "../../../src/finding.ts";
import { run, type SchemaRule } from "../../../src/rules/rule.ts";
import { loadGrammar } from "../../../src/sql/grammar.ts";
import { empty, sharedEmbedded } from "../../postgres/embedded.ts";
import { schemaIn } from "./asked.ts";

interface Bad {
  /** DDL of which the rule says exactly one thing. */
  readonly sql: string;
  readonly says: string | RegExp;
  readonly severity?: Finding["severity"];
  /** null: there must be none. */
  readonly fix?: string | null;
}

interface Cases {
  readonly bad: Readonly<Record<string, Bad>>;
  readonly good: Readonly<Record<string, string>>;
}

const postgres = await sharedEmbedded();

/** A Postgres that is empty, and what is asked of it. Every case runs in a transaction that is rolled back. */
export function schemaJudge() {
  beforeAll(async () => {
    await loadGrammar();
    await empty(postgres);
  });

  const findings = async (rules: readonly SchemaRule[]) => run(rules, await schemaIn(postgres), undefined);

  /** What happens between BEGIN and ROLLBACK. */
  async function within<Result>(sql: string, ask: () => Promise<Result>): Promise<Result> {
    await postgres.exec("begin; set local search_path = public");
    try {
      await postgres.exec(sql);
      return await ask();
    } finally {
      await postgres.exec("rollback");
    }
  }

  async function tryFix(rule: SchemaRule, { message, undo }: Finding, fix: string): Promise<void> {
    await postgres.exec(inTransaction(fix));
    expect(await findings([rule]), "the fix silences the rule").toEqual([]);
    if (undo === undefined) return;
    await postgres.exec(inTransaction(undo));
    expect(messages(await findings([rule])), "the undo takes the fix back").toEqual([message]);
  }

  function judge(rule: SchemaRule, { bad, good }: Cases): void {
    test.each(Object.entries(bad))(`${rule.id} finds %s`, (_, expected) =>
      within(expected.sql, async () => {
        const [finding, ...others] = await findings([rule]);
        expect(others).toEqual([]);
        expect(finding?.message).toMatch(expected.says);
        expect(finding?.severity).toBe(expected.severity ?? rule.severity);
        if (expected.fix !== undefined) expect(finding?.fix ?? null).toBe(expected.fix);
        if (finding?.fix) await tryFix(rule, finding, finding.fix);
      }),
    );
    test.each(Object.entries(good))(`${rule.id} is silent on %s`, async (_, sql) => {
      await within(sql, async () => expect(messages(await findings([rule]))).toEqual([]));
    });
  }

  return { postgres, judge, within, findings };
}

const messages = (findings: readonly Finding[]) => findings.map(({ message }) => message);

/** CONCURRENTLY is for those who cannot wait, and refused in a transaction. */
const inTransaction = (sql: string) => sql.replaceAll(/ concurrently /gi, " ");
