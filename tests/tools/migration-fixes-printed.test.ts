import { expect, test } from "vitest";
import { knowledgeIn } from "../../src/knowledge.ts";
import { migrationRules } from "../../src/rules/migration-rules.ts";
import { migrationStyleRules } from "../../src/rules/migration-style-rules.ts";
import { connectOnce, textOf } from "./client.ts";

/** What the pages show of each rule, asked as a user would ask. */
const sections = (await knowledgeIn(new URL("../../knowledge/", import.meta.url)).sections()).filter(
  ({ page }) => page === "rules-migration",
);
const style = new Set(migrationStyleRules.map(({ id }) => id));
const known = new Set([...migrationRules, ...migrationStyleRules].map(({ id }) => id));

interface Answer {
  readonly findings: readonly {
    readonly rule: string;
    readonly fix?: string;
    readonly fix_run?: { readonly catalog: string; readonly differences: readonly string[] };
  }[];
  readonly limits: readonly string[];
}

const shown = sections.flatMap(({ id, fences }) =>
  fences.flatMap((fence, at) => {
    const rule = fence.info.bad;
    if (rule === undefined || !known.has(rule)) return [];
    const before = fences.slice(0, at).filter(({ info }) => info.setup || info.state);
    return [{ id, rule, sql: fence.text, schema_sql: before.map(({ text }) => text).join("\n") }];
  }),
);

/** Rules whose fix is printed for what their own section shows; with LONG every section is asked. */
const fixed = new Set(
  `add-check-without-not-valid alter-column-type rename-column rename-table add-column-volatile-default add-foreign-key-without-not-valid add-primary-key-without-index add-unique-constraint-without-index
  create-index-not-concurrent detach-partition-not-concurrent drop-index-not-concurrent drop-locks-referenced-table drop-partition-locks-parent
  foreign-key-locks-parent foreign-key-unindexed function-replace-dependency grants-lost index-on-partitioned-parent missing-lock-timeout partition-ddl-cascades refresh-matview-not-concurrent
  reindex-not-concurrent rename-as-drop-add replica-identity-missing rls-not-enabled-new-table sequence-type-mismatch set-local-outside-transaction
  set-not-null-scan unbatched-backfill unvalidated-constraint-left update-without-where`
    .split(/\s+/)
    .map((name) => `migration/${name}`),
);

async function asked({ sql, schema_sql, rule }: (typeof shown)[number]): Promise<Answer> {
  const client = await connectOnce(undefined);
  const schema = /\S/.test(schema_sql) ? schema_sql : "create schema nothing";
  const answer = await client.callTool({ name: "migration_checklist", arguments: { sql, schema_sql: schema, style: style.has(rule) } });
  if (answer.isError) throw new Error(textOf(answer));
  return answer.structuredContent as unknown as Answer;
}

test("every fix that is printed for what the pages show was run in its place, and each rule that has one prints it", {
  timeout: 300_000,
}, async () => {
  const printed = new Set<string>();
  const faults: string[] = [];
  for (const each of shown.filter(({ rule }) => process.env.LONG !== undefined || fixed.has(rule))) {
    const { findings, limits } = await asked(each);
    for (const { rule, fix, fix_run } of findings) {
      if (fix !== undefined && rule === each.rule) printed.add(rule);
      if (fix !== undefined && !fix_run) faults.push(`${each.id}: ${fix}`);
    }
    faults.push(...limits.filter((limit) => /^(?:a rewrite|rewrites) of line/.test(limit)).map((limit) => `${each.id}: ${limit}`));
  }
  expect(faults).toEqual([]);
  expect([...printed].sort()).toEqual([...fixed].sort());
});
