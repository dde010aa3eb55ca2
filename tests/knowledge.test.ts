import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { readRelationNames } from "../src/catalog/names.ts";
import { readTables, type Table } from "../src/catalog/tables.ts";
import type { Finding } from "../src/finding.ts";
import { addressIn, addressOf, type Fence, knowledgeIn, parseFrontMatter, type Section, uriOf } from "../src/knowledge.ts";
import { rehearse } from "../src/migration/rehearse.ts";
import { readScript } from "../src/migration/script.ts";
import { parsePlan } from "../src/plan/plan.ts";
import { healthRules } from "../src/rules/health-rules.ts";
import { migrationRules } from "../src/rules/migration-rules.ts";
import { migrationStyleRules } from "../src/rules/migration-style-rules.ts";
import { planRules } from "../src/rules/plan-rules.ts";
import { queryRules } from "../src/rules/query-rules.ts";
import { queryUsageRules } from "../src/rules/query-usage-rules.ts";
import { run } from "../src/rules/rule.ts";
import { schemaRules } from "../src/rules/schema-rules.ts";
import { parseStatements, type Statement } from "../src/sql/parse.ts";
import { readQuery } from "../src/sql/query.ts";
import { openEmbedded } from "./postgres/embedded.ts";
import { stageOf } from "./rules/migration-steps.ts";
import { schemaIn } from "./rules/schema/asked.ts";

const folder = new URL("../knowledge/", import.meta.url);
const knowledge = knowledgeIn(folder);
const pages = await knowledge.pages();
const sections = await knowledge.sections();

const words = (text: string) => text.split(/\s+/).filter(Boolean).length;

test("a page is served byte for byte as it is on disk, so that a host's digest agrees", async () => {
  for (const { path, text } of pages) {
    const bytes = await readFile(new URL(`backend-db/${path}`, folder));
    expect(Buffer.from(text).equals(bytes), path).toBe(true);
  }
});

test("the overview comes first and every page says what it is about", () => {
  expect(pages[0]).toMatchObject({ name: "overview", uri: "skill://backend-db/SKILL.md" });
  for (const { name, title, summary } of pages)
    expect({ name, title: words(title) > 0, summary: words(summary) > 3 }).toEqual({ name, title: true, summary: true });
});

test("every page below the overview names its sources", () => {
  for (const { name, sources } of pages.slice(1)) {
    expect(sources.length, name).toBeGreaterThan(0);
    for (const source of sources) expect(() => new URL(source), source).not.toThrow();
  }
});

test("a section's address and its URI turn into each other", () => {
  for (const section of sections) {
    expect(section.uri).toBe(uriOf(addressOf(section)));
    expect(addressIn(section.uri)).toBe(addressOf(section));
  }
  expect(uriOf("rules-query#function-on-column")).toBe("knowledge://rules-query/function-on-column");
  expect(addressIn("skill://backend-db/SKILL.md")).toBeUndefined();
});

test("a section is read by its address and by its URI, from its heading to the next", async () => {
  const section = await knowledge.section("overview#ov-limits");
  expect(await knowledge.section("knowledge://overview/ov-limits")).toBe(section);
  expect(section.text).toMatch(/^## Know what an answer leaves out \{#ov-limits\}\n/);
  expect(section.text.match(/^## /gm)).toHaveLength(1);
});

test("a section that is not there is answered with those that look like it", async () => {
  await expect(knowledge.section("knowledge://overview/limits")).rejects.toMatchObject({
    code: "unknown_section",
    message: expect.stringContaining("Read one of these instead: knowledge://overview/ov-limits,"),
  });
  await expect(knowledge.page("overvew")).rejects.toMatchObject({
    code: "unknown_section",
    message: expect.stringContaining("Read one of these instead: skill://backend-db/SKILL.md"),
  });
  await expect(knowledge.section("x".repeat(1_000_000))).rejects.toMatchObject({ code: "unknown_section" });
});

test("names of pages and sections are completed from their first letters", async () => {
  expect(await knowledge.completePage("over")).toEqual(["overview", "overview-fr"]);
  expect(await knowledge.completeSection("ov-w", "overview")).toEqual(["ov-when-applies", "ov-workflow"]);
  expect(await knowledge.completeSection("ov-li", undefined)).toEqual(["ov-limits"]);
  expect(await knowledge.completeSection("ov-", "no-such-page")).toEqual([]);
});

test("front matter that is code is refused, not run", async () => {
  await expect(parseFrontMatter("---js\n{ title: globalThis.ran = true }\n---\nbody")).rejects.toThrow("front matter must be YAML");
  expect(globalThis).not.toHaveProperty("ran");
  expect(await parseFrontMatter("---\ntitle: A page\n---\nbody")).toEqual({ data: { title: "A page" }, body: "body" });
});

test("an id names one section of its page", () => {
  const addresses = sections.map(addressOf);
  expect(addresses).toEqual([...new Set(addresses)]);
});

test.each(sections.map((section) => [addressOf(section), section] as const))("%s links only to what exists", async (_, { page, text }) => {
  const from = await knowledge.page(page);
  for (const [, target = ""] of text.matchAll(/\]\((?!https:\/\/)([^)\s]+)\)/g)) {
    const { href, hash } = new URL(target, from.uri);
    const address = hash === "" ? undefined : `${(await knowledge.page(href.replace(hash, ""))).name}${hash}`;
    if (target.startsWith("knowledge://")) await knowledge.section(target);
    else if (address === undefined) await knowledge.page(href);
    else await knowledge.section(address);
  }
});

test("only a heading outside of fences opens a section", async () => {
  const [section, ...more] = await sectionsOf("## First {#first}\n\n```sh\n## not a heading\n```\n\n```sql setup\nselect 1;\n```");
  expect(more).toEqual([]);
  expect(section?.fences.map(({ language, info, text, line }) => ({ language, setup: info.setup, text, line }))).toEqual([
    { language: "sh", setup: false, text: "## not a heading", line: 9 },
    { language: "sql", setup: true, text: "select 1;", line: 13 },
  ]);
});

test.each([
  ["a section without an id", "## First", 'page, line 7: a section needs a title and an id, "## Title {#id}"'],
  [
    "a fence that claims what nobody tests",
    "## First {#first}\n```sql godo=query/x\n```",
    'page, line 8: "godo=query/x" means nothing after a fence',
  ],
  ["a fence without an end", "## First {#first}\n```sql\nselect 1;", "page, line 8: this fence is never closed"],
])("a page with %s is refused", async (_, body, message) => {
  await expect(sectionsOf(body)).rejects.toThrow(message);
});

/** The sections of a page that is written for the occasion; its body starts on line 7. */
async function sectionsOf(body: string): Promise<readonly Section[]> {
  const root = await mkdtemp(join(tmpdir(), "knowledge-"));
  try {
    await mkdir(join(root, "backend-db", "references"), { recursive: true });
    await writeFile(join(root, "backend-db", "SKILL.md"), "---\nname: backend-db\ndescription: A skill\n---\n");
    await writeFile(join(root, "backend-db", "references", "page.md"), `---\ntitle: Page\nsummary: A page\n---\n# Page\n\n${body}\n`);
    return await knowledgeIn(pathToFileURL(root)).sections();
  } finally {
    await rm(root, { recursive: true });
  }
}

// The fences: what a page says of SQL, Postgres and our rules must say too.

const PGLITE = 18;
const allMigrationRules = [...migrationRules, ...migrationStyleRules];
const allHealthRules = Object.values(healthRules).flat();
const rules = [...queryRules, ...queryUsageRules, ...planRules, ...schemaRules, ...allMigrationRules, ...allHealthRules];
/** Those that judge what only a server in use has counted: their tests are in tests/rules/. */
const live = new Set([
  ...queryUsageRules.map(({ id }) => id),
  ...allHealthRules.map(({ id }) => id),
  "schema/collation-version-mismatch",
  "schema/fillfactor-hot-updates",
  "schema/missing-index-seq-scans",
  "schema/rarely-used-large-index",
  "schema/stats-stale",
  "schema/unused-index",
  "migration/concurrent-index-long-transaction",
  "migration/index-build-unique-duplicates",
  "migration/lock-queue-now",
  "migration/replication-slot-wal",
  "migration/rewrite-disk-space",
  "migration/standby-conflict",
  "migration/toast-and-wal-estimate",
]);
/** Those that tell what Postgres will refuse: their bad examples must fail. */
const refused = new Set([
  "migration/alter-column-type-blocked-by-dependency",
  "migration/concurrent-op-in-transaction",
  "migration/duplicate-column-assignment",
  "migration/enum-value-used-in-same-transaction",
  "migration/view-column-change",
]);
const ruleSections = sections.filter(({ page }) => page.startsWith("rules-"));
const ruleOf = ({ page, id }: Section) => `${page.replace("rules-", "")}/${id}`;
const isSql = ({ language, info }: Fence) => language === "sql" && info.skip === undefined;
const named = (name: string, list: readonly Section[]) => list.map((section) => [name.replace("%", addressOf(section)), section] as const);

test("every rule has its section, and every section of a rule page its rule", () => {
  expect(ruleSections.map(ruleOf).sort()).toEqual(rules.map(({ id }) => id).sort());
});

test.each(named("% shows its rule at least once bad and once good, in 40 to 150 words", ruleSections))("%s", (_, section) => {
  const shown = (claim: "bad" | "good") => section.fences.filter(({ info }) => info[claim] === ruleOf(section)).length;
  const least = live.has(ruleOf(section)) ? 0 : 1;
  expect(shown("bad")).toBeGreaterThanOrEqual(least);
  expect(shown("good")).toBeGreaterThanOrEqual(least);
  const prose = section.text.replace(/^```[\s\S]*?^```$/gm, "").replace(/^## .*$/m, "");
  expect(words(prose)).toBeGreaterThanOrEqual(40);
  expect(words(prose)).toBeLessThanOrEqual(150);
});

const wanted = sections.flatMap(({ text }) =>
  [...text.matchAll(/create extension (?:if not exists )?"?([\w-]+)/g)].map(([, name = ""]) => name),
);
const postgres = await openEmbedded("vector", ...wanted);
await postgres.exec(await readFile(new URL("supabase.sql", import.meta.url), "utf8"));
afterAll(() => postgres.close());

test.each(
  named(
    "% runs on Postgres 18",
    sections.filter(({ fences }) => fences.some(isSql)),
  ),
)("%s", async (_, section) => {
  for (const fence of section.fences.filter((fence) => isSql(fence) && !isPrepared(fence))) {
    await prepare(section);
    const done = runAll(fence.text);
    if (refused.has(fence.info.bad ?? "")) await expect(done).rejects.toThrow();
    else await done;
  }
});

test("92 of 100 blocks of SQL are run, and the others say why they are not", () => {
  const blocks = sections.flatMap(({ fences }) => fences.filter(({ language }) => language === "sql"));
  const run = blocks.filter(({ info }) => info.skip === undefined);
  const reasons = new Set(blocks.flatMap(({ info }) => info.skip ?? []));
  console.error(
    `SQL of the pages: ${run.length} of ${blocks.length} blocks run on Postgres ${PGLITE}; the others: ${[...reasons].join("; ")}`,
  );
  expect(run.length / blocks.length).toBeGreaterThanOrEqual(0.92);
});

test("a page says of every section what its blocks ran on", async () => {
  const isTyped = ({ language }: Fence) => language === "ts" || language === "typescript";
  const rows = sections.flatMap((section) => {
    const ran = section.fences.filter(({ info }) => info.skip === undefined);
    const [sql, typed, left] = [ran.filter(isSql), ran.filter(isTyped), section.fences.flatMap(({ info }) => info.skip ?? [])];
    if (sql.length + typed.length + left.length === 0) return [];
    return [`| ${addressOf(section)} | ${sql.length || ""} | ${typed.length || ""} | ${left.join("; ")} |`];
  });
  const page = [
    "# What the blocks of the pages ran on",
    "",
    `SQL: PostgreSQL ${PGLITE} (PGlite), by tests/knowledge.test.ts; the error texts, the deadlock and the locks also on a real server, by tests/knowledge/ and`,
    "tests/locks.test.ts. TypeScript: the compiler with the libraries of tests/typescript/package.json, by tests/knowledge-typescript.test.ts.",
    "",
    "| section | SQL run | TypeScript checked | not run, and why |",
    "|---|--:|--:|---|",
    ...rows,
    "",
  ];
  await expect(page.join("\n")).toMatchFileSnapshot("knowledge/blocks.md");
});

const claims = sections.flatMap((section) =>
  section.fences
    .filter(({ info }) => info.bad ?? info.good)
    .map((fence) => {
      const claim = fence.info.bad === undefined ? `has nothing of ${fence.info.good}` : `is found by ${fence.info.bad}`;
      return [`${addressOf(section)}: the fence on line ${fence.line} ${claim}`, section, fence] as const;
    }),
);

test.each(claims)("%s", async (_, section, fence) => {
  const { bad, good } = fence.info;
  await prepare(section);
  const findings = await findingsIn(fence);
  if (bad !== undefined) expect(findings.filter(({ rule }) => rule === bad)).toHaveLength(1);
  if (good !== undefined) expect(findings.filter(({ rule, severity }) => rule === good || severity === "error")).toEqual([]);
});

test.each(
  claims
    .filter(([, , { info }]) => info.bad !== undefined)
    .map(([name, ...rest]) => [`${name}, and a fix that it offers works`, ...rest] as const),
)("%s", async (_, section, fence) => {
  await prepare(section);
  const found = (await findingsIn(fence)).filter(({ rule }) => rule === fence.info.bad);
  for (const { fix = "", undo = "" } of found) {
    const steps = await parseStatements(fix);
    if (isOfMigration(fence)) {
      await prepare(section);
      expect((await findingsIn({ ...fence, text: fix })).filter(({ rule }) => rule === fence.info.bad)).toEqual([]);
      await prepare(section);
    }
    for (const { text } of steps) await runOrPlan(text);
    const after = await findingsAfter(steps, fence);
    expect(after.filter(({ rule }) => rule === fence.info.bad)).toEqual([]);
    for (const { text } of await parseStatements(undo)) await runOrPlan(text);
  }
});

/** A fix that is a query is judged in the query's place; one that changes the schema, by asking again. A plan, or a table's new statistics, cannot be asked again. */
async function findingsAfter(fix: readonly Statement[], fence: Fence): Promise<readonly Finding[]> {
  if (fence.info.plan || isOfMigration(fence)) return [];
  if (isOfSchema(fence)) return fix.length === 0 ? [] : findingsIn({ ...fence, text: "" });
  const asked = fix.some(isQuery) ? fix : await parseStatements(fence.text);
  const judged = fix.some((step) => isQuery(step) || ["IndexStmt", "AlterTableStmt"].includes(step.kind));
  if (!judged) return [];
  return findingsIn({
    ...fence,
    text: asked
      .filter(isQuery)
      .map(({ text }) => `${text};`)
      .join("\n"),
  });
}

const isPrepared = ({ info }: Fence) => info.setup || info.state;
const isQuery = ({ kind }: Statement) => ["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"].includes(kind);

/** All that a fence can leave, beside what tests/supabase.sql made. */
const leftBehind = `
  do $$ declare found record; begin
    for found in select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'auth') loop
      execute format('drop schema %I cascade', found.name);
    end loop;
    for found in select oid::regclass as name from pg_class where relnamespace = 'auth'::regnamespace and relkind = 'r' loop
      execute format('drop table %s cascade', found.name);
    end loop;
    for found in select pubname as name from pg_publication loop execute format('drop publication %I', found.name); end loop;
    for found in select fdwname as name from pg_foreign_data_wrapper loop execute format('drop foreign data wrapper %I cascade', found.name); end loop;
    delete from pg_extension e where not exists (select from pg_namespace n where n.oid = e.extnamespace);
    for found in select rolname as name from pg_roles where oid >= 16384 and rolname not in ('anon', 'authenticated', 'service_role', 'app') loop
      execute format('drop owned by %I', found.name);
      execute format('drop role %I', found.name);
    end loop;
  end $$;`;

const services = await readFile(new URL("supabase-services.sql", import.meta.url), "utf8");
const needsServices = /\b(?:storage|realtime)\.\w|supabase_realtime/;

/** An empty schema with what the section puts into it first. */
async function prepare({ page, fences }: Section): Promise<void> {
  await postgres.exec(`rollback; ${leftBehind} create schema public; grant usage on schema public to public; reset all;`);
  if (page === "supabase-stack" && fences.some((fence) => isSql(fence) && needsServices.test(fence.text))) await postgres.exec(services);
  for (const { text } of fences.filter(({ info }) => info.setup)) await postgres.exec(text);
  for (const { text } of fences.filter(({ info }) => info.state)) await postgres.exec(text);
}

async function runAll(script: string): Promise<void> {
  for (const { text } of await parseStatements(script)) await runOrPlan(text);
}

/** A query with parameters is planned, for whatever they are; everything else is done. */
async function runOrPlan(sql: string): Promise<void> {
  const [statement] = await parseStatements(sql);
  const isPlanned = statement && isQuery(statement) && /\$\d/.test(sql);
  await postgres.exec(isPlanned ? `explain (generic_plan) ${sql}` : sql);
}

const isOfMigration = ({ info }: Pick<Fence, "info">) => (info.bad ?? info.good ?? "").startsWith("migration/");

/** A rule of old versions only is shown as on the newest of them. */
const versionFor = ({ bad, good }: Fence["info"]) => rules.find(({ id }) => id === (bad ?? good))?.postgres?.until ?? PGLITE;

async function findingsInScript(script: string, version: number): Promise<readonly Finding[]> {
  const tables = await readUserTables();
  const { steps } = await rehearse(await readScript(script), stageOf(postgres), {
    real: ({ schema, name }) => tables.find((table) => table.name === name && table.schema === schema),
    isEmpty: () => false,
    isOurs: () => false,
  });
  return steps.flatMap((step) => run(allMigrationRules, step, version));
}

const isOfSchema = ({ info }: Fence) => (info.bad ?? info.good ?? "").startsWith("schema/");

async function findingsIn({ info, text, ...fence }: Fence): Promise<readonly Finding[]> {
  if (isOfSchema({ ...fence, info, text })) {
    await postgres.exec(text);
    return run(schemaRules, await schemaIn(postgres), PGLITE);
  }
  if (isOfMigration({ info })) return findingsInScript(text, versionFor(info));
  if (info.plan) return run(planRules, parsePlan(text, { relations: sizesOf(await readUserTables()) }), PGLITE);
  const findings: Finding[] = [];
  for (const statement of await parseStatements(text)) {
    const tables = await readUserTables();
    const find = (asked: { readonly schema: string | undefined; readonly name: string }) =>
      tables.find(({ schema, name }) => name === asked.name && (asked.schema ?? schema) === schema);
    if (isQuery(statement)) findings.push(...run(queryRules, readQuery(statement, find), PGLITE));
    else await postgres.exec(statement.text);
  }
  return findings;
}

async function readUserTables(): Promise<readonly Table[]> {
  const database = {
    read: async <Row>(sql: string, values: readonly unknown[] = []) => (await postgres.query<Row>(sql, [...values])).rows,
  };
  const names = await readRelationNames(database);
  return readTables(
    database,
    names.filter(({ system }) => !system).map(({ oid }) => oid),
  );
}

const sizesOf = (tables: readonly Table[]) =>
  new Map(
    tables.flatMap(({ schema, name, rows, size }) =>
      rows === undefined ? [] : [[`${schema}.${name}`, { rows, pages: size.blocks }] as const],
    ),
  );
