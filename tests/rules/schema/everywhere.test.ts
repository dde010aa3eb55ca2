import { readFile } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";
import type { Finding } from "../../../src/finding.ts";
import { addressOf, type Fence, knowledgeIn, type Section } from "../../../src/knowledge.ts";
import { run } from "../../../src/rules/rule.ts";
import { schemaRules } from "../../../src/rules/schema-rules.ts";
import { loadGrammar } from "../../../src/sql/grammar.ts";
import { connectOnce } from "../../tools/client.ts";
import { type Asked, schemaIn } from "./asked.ts";
import { openLive } from "./live.ts";

/** What the pages show, asked of two servers and of the same SQL as a text: one schema, one answer. */
const sections = (await knowledgeIn(new URL("../../../knowledge/", import.meta.url)).sections()).filter(
  ({ page }) => page === "rules-schema",
);
const surroundings = await readFile(new URL("../../supabase.sql", import.meta.url), "utf8");

/** What stands in rows, comments and owners, or what only a server writes into its catalog, is not in a text. */
const notInText: Readonly<Record<string, string>> = {
  "btree-index-row-size": "statistics",
  "default-partition-filling": "rows",
  "extended-statistics-candidate": "statistics",
  "index-on-low-cardinality": "statistics",
  "index-on-nullable-mostly-null": "statistics",
  "invalid-index": "a build that was cancelled",
  "no-description": "comments",
  "rls-bypass-owner": "owners",
  "sb-graphql-anon-exposed": "an extension that PGlite does not ship",
  "sb-graphql-auth-exposed": "an extension that PGlite does not ship",
  "stats-target-low-skew": "statistics",
  "table-never-analyzed": "rows",
};

const servers: Record<string, Asked> = {};
beforeAll(async () => {
  await loadGrammar();
  servers["PostgreSQL 15"] = await openLive(15);
  servers["PostgreSQL 18"] = await openLive(18);
});

interface Shown {
  readonly section: Section;
  readonly fence: Fence;
  readonly rule: string;
}

const shown: readonly Shown[] = sections.flatMap((section) =>
  section.fences.flatMap((fence) => {
    // On PGlite tests/knowledge.test.ts asks of both.
    const rule = fence.info.bad ?? (process.env.LONG === undefined ? undefined : fence.info.good);
    return rule === undefined ? [] : [{ section, fence, rule }];
  }),
);

/** Before it, what the section puts in place. */
const script = ({ section, fence }: Shown) =>
  [...section.fences.filter(({ info }) => info.setup || info.state), fence].map(({ text }) => text).join("\n");

/** Of one rule: the fix differs where a version has what another has not, and sizes are told where there are any. */
const said = (findings: readonly Finding[], rule: string) =>
  findings.filter((finding) => finding.rule === rule).map(({ message, object, severity }) => ({ message, object, severity }));

async function onServer(postgres: Asked, sql: string, version: number): Promise<readonly Finding[]> {
  await postgres.exec("begin; set local search_path = public");
  try {
    await postgres.exec(surroundings);
    await postgres.exec(sql.replaceAll(/ concurrently /gi, " "));
    // Roles are the whole cluster's, and other test files make theirs in it.
    return run(schemaRules, await schemaIn(postgres), version).filter(
      ({ rule, object }) => rule !== "schema/superuser-app-role" || sql.includes(`${object}`),
    );
  } finally {
    await postgres.exec("rollback");
  }
}

async function ofText(sql: string): Promise<readonly Finding[]> {
  const client = await connectOnce(undefined);
  const answer = await client.callTool({ name: "review_schema", arguments: { schema_sql: `${surroundings}\n${sql}`, limit: 1000 } });
  if (answer.isError) throw new Error(JSON.stringify(answer.content));
  return (answer.structuredContent as { readonly findings: readonly Finding[] }).findings;
}

test.each(shown.map((each) => [`${addressOf(each.section)}, line ${each.fence.line}, reads the same everywhere`, each] as const))(
  "%s",
  async (_, each) => {
    const sql = script(each);
    const expected = each.fence.info.bad === undefined ? 0 : 1;
    const [fifteen, eighteen, text] = await Promise.all([
      onServer(servers["PostgreSQL 15"] as Asked, sql, 15),
      onServer(servers["PostgreSQL 18"] as Asked, sql, 18),
      ofText(sql),
    ]).then((answers) => answers.map((findings) => said(findings, each.rule)));
    expect(fifteen).toHaveLength(expected);
    expect(eighteen).toEqual(fifteen);
    expect(text).toEqual(notInText[each.section.id] === undefined ? fifteen : []);
  },
);
