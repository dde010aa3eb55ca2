import { readFile } from "node:fs/promises";
import { afterAll, expect, test } from "vitest";
import { addressOf, type Fence, knowledgeIn, parseFrontMatter, type Section } from "../src/knowledge.ts";
import { parseStatements } from "../src/sql/parse.ts";
import { openEmbedded } from "./postgres/embedded.ts";

const knowledge = knowledgeIn(new URL("../knowledge/", import.meta.url));
const isGuide = ({ page }: Pick<Section, "page">) => !page.startsWith("rules-");
const guides = (await knowledge.pages()).filter(({ name }) => isGuide({ page: name }));
const sections = (await knowledge.sections()).filter(isGuide);
const below = sections.filter(({ page }) => !page.startsWith("overview"));
/** They say what was taken back, so they name it. */
const warning = new Set(["sql-versions", "dd-graph"]);
const each = (list: readonly Section[]) => list.map((section) => [addressOf(section), section] as const);

const postgres = await openEmbedded("vector");
await postgres.exec(await readFile(new URL("supabase.sql", import.meta.url), "utf8"));
afterAll(() => postgres.close());

test("a guide says when, on which version and by which sources it was verified", async () => {
  for (const { name, text } of guides.slice(1)) {
    const { data } = await parseFrontMatter(text);
    expect(data, name).toMatchObject({
      title: expect.any(String),
      summary: expect.stringMatching(/\.$/),
      verified_on: expect.any(Date),
      verified_with: expect.stringMatching(/^PostgreSQL \d+\.\d+$/),
    });
  }
});

test.each(each(below))("%s explains in 120 words at least, and with its code has 450 at most", (_, { text }) => {
  const words = (part: string) => part.split(/\s+/).filter(Boolean).length;
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, "").replace(/^## .*$/m, "");
  expect(words(prose)).toBeGreaterThanOrEqual(120);
  expect(words(text)).toBeLessThanOrEqual(450);
});

test.each(each(below))("%s begins with its rule, shows SQL or code, and names an exception or a cost", (_, { text, fences }) => {
  expect(text.split("\n")[2]).toMatch(/^[A-Z`*].{60,}[.:]$/);
  expect(fences.length).toBeGreaterThan(1);
  expect(text).toMatch(/\bException|What it costs|What is easily forgotten|What prevents/);
});

test.each([
  ["what PostgreSQL 19 took back", /GRAPH_TABLE|SQL\/PGQ|FOR PORTION OF|GROUP BY ALL|MERGE PARTITIONS/i],
  ["syntax that no version has", /SET NOT NULL NOT VALID|VALIDATE NOT NULL/i],
  ["an unmeasured factor", /\b\d+ ?(?:x|times) (?:faster|slower|more)\b|\b1?0+x\b/i],
  ["phrases that say nothing", /\bsimply\b|best practice|\brobust\b|\bjust use\b/i],
])("no guide below the overview holds %s", (_, phrase) => {
  for (const { text, id } of below.filter(({ id }) => !warning.has(id))) expect(text, id).not.toMatch(phrase);
});

test.each(each(sections.filter(({ page }) => page === "case-studies")))("%s prints what it says it prints", async (_, { fences }) => {
  await emptyAnd(fences.filter(({ info }) => info.setup));
  const shown = fences.flatMap((fence, index) =>
    fences[index + 1]?.language === "text" ? [{ fence, printed: fences[index + 1]?.text ?? "" }] : [],
  );
  expect(shown.length).toBeGreaterThan(0);
  for (const { fence, printed } of shown) {
    const lines = await linesOf(fence.text);
    expect(inOrder(trimmed(printed.split("\n")), lines), `${printed}\n\nwas\n\n${lines.join("\n")}`).toBe(true);
  }
});

/** The rows of the last statement, a line each, as psql prints them without a frame. */
async function linesOf(sql: string): Promise<readonly string[]> {
  let last: readonly Record<string, unknown>[] = [];
  // One by one, because a block that commits may not stand in the transaction of a script.
  for (const { text } of await parseStatements(sql)) {
    const results = await postgres.exec(text);
    last = results.findLast(({ fields }) => fields.length > 0)?.rows ?? last;
  }
  return trimmed(last.map((row) => Object.values(row).join(" | ")));
}

const trimmed = (lines: readonly string[]) => lines.map((line) => line.trim());

/** Whether each line opens a line of the other text, further down each time. */
function inOrder(claimed: readonly string[], lines: readonly string[]): boolean {
  let from = 0;
  return claimed.every((claim) => {
    const at = lines.findIndex((line, index) => index >= from && line.startsWith(claim));
    from = at + 1;
    return at >= 0;
  });
}

async function emptyAnd(fences: readonly Fence[]): Promise<void> {
  await postgres.exec("rollback; drop schema public cascade; create schema public;");
  for (const { text } of fences) await postgres.exec(text);
}

const [ada, bob] = ["00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"];

/** What a role gets to see or may do, in a transaction that is taken back; a refusal is its SQLSTATE. */
async function as(role: string, setting: Readonly<Record<string, string>>, sql: string): Promise<unknown> {
  await postgres.exec(`begin; set local role ${role};`);
  for (const [name, value] of Object.entries(setting)) await postgres.query("select set_config($1, $2, true)", [name, value]);
  try {
    const { rows, affectedRows } = await postgres.query<{ id: unknown }>(sql);
    return rows.length > 0 ? rows.map(({ id }) => id) : affectedRows;
  } catch (error) {
    return (error as { code?: string }).code;
  } finally {
    await postgres.exec("rollback");
  }
}

const asUser = (user: string, sql: string) => as("authenticated", { "request.jwt.claims": JSON.stringify({ sub: user }) }, sql);

test("the policies of sb-rls-basics let a user reach their own profile, and visitors the public ones", async () => {
  const { fences } = await knowledge.section("supabase-stack#sb-rls-basics");
  const [, right] = fences.filter(({ language, info }) => language === "sql" && !info.setup);
  await emptyAnd([...fences.filter(({ info }) => info.setup), ...(right ? [right] : [])]);
  await postgres.exec(`insert into profiles values ('${ada}', 'Ada', false), ('${bob}', 'Bob', true)`);

  expect(await as("anon", {}, "select id from profiles")).toEqual([bob]);
  expect(await asUser(ada, "select id from profiles order by id")).toEqual([ada, bob]);
  expect(await asUser(bob, "select id from profiles")).toEqual([bob]);
  expect(await asUser(ada, `update profiles set name = 'x' where id = '${ada}'`)).toBe(1);
  expect(await asUser(ada, `update profiles set name = 'x' where id = '${bob}'`)).toBe(0);
  expect(await asUser(ada, `update profiles set id = gen_random_uuid() where id = '${ada}'`)).toBe("42501");
  expect(await asUser(ada, "insert into profiles values (gen_random_uuid(), 'Eve')")).toBe("42501");
  expect(await asUser(ada, "delete from profiles")).toBe(1);
});

test("a table of sb-grants-data-api is refused without its grant and filtered with it", async () => {
  const { fences } = await knowledge.section("supabase-stack#sb-grants-data-api");
  const setup = fences.filter(({ info }) => info.setup);
  const [without, right] = fences.filter(({ language, info }) => language === "sql" && !info.setup);
  const insert = `insert into notes (user_id, body) values ('${ada}', 'Mine'), ('${bob}', 'Theirs')`;

  await emptyAnd([...setup, ...(without ? [without] : [])]);
  await postgres.exec(insert);
  expect(await asUser(ada, "select id from notes")).toBe("42501");

  await emptyAnd([...setup, ...(right ? [right] : [])]);
  await postgres.exec(insert);
  expect(await asUser(ada, "select id from notes")).toEqual([1]);
  expect(await asUser(ada, `insert into notes (user_id, body) values ('${bob}', 'Forged')`)).toBe("42501");
  expect(await asUser(ada, `insert into notes (user_id, body) values ('${ada}', 'Mine')`)).toBe(1);
});

test("the policy of sb-rls-performance shows the documents of one's teams", async () => {
  const { fences } = await knowledge.section("supabase-stack#sb-rls-performance");
  const [, right] = fences.filter(({ language, info }) => language === "sql" && !info.setup);
  await emptyAnd([...fences.filter(({ info }) => info.setup), ...(right ? [right] : [])]);
  await postgres.exec(`grant select on documents, memberships to authenticated;
    insert into memberships values (1, '${ada}'), (2, '${bob}');
    insert into documents select n, n % 3, '${bob}', null from generate_series(1, 6) n;`);
  expect(await asUser(ada, "select id from documents order by id")).toEqual([1, 4]);
});

test("the tables of dd-multitenancy keep tenants apart by key and by policy", async () => {
  const { fences } = await knowledge.section("database-design#dd-multitenancy");
  const [, right] = fences.filter(({ language, info }) => language === "sql" && !info.setup);
  await emptyAnd([...fences.filter(({ info }) => info.setup), ...(right ? [right] : [])]);
  await postgres.exec(`grant select, insert on tasks to app;
    insert into tenants (name) values ('One'), ('Two');
    insert into projects (tenant_id, name) values (1, 'First'), (2, 'Second');
    insert into tasks (tenant_id, project_id) values (1, 1), (2, 2);`);

  await expect(postgres.exec("insert into tasks (tenant_id, project_id) values (1, 2)")).rejects.toMatchObject({ code: "23503" });
  expect(await as("app", { "app.tenant_id": "2" }, "select id from tasks")).toEqual([2]);
  expect(await as("app", { "app.tenant_id": "2" }, "insert into tasks (tenant_id, project_id) values (1, 1)")).toBe("42501");
  expect(await as("app", {}, "select id from tasks")).toMatch(/^(?:42704|22P02)$/);
});

test("the bucket of api-rate-limit gives a token while it holds one", async () => {
  const { fences } = await knowledge.section("api-development#api-rate-limit");
  const fence = fences.find(({ language, text }) => language === "sql" && text.includes("buckets"));
  await emptyAnd([]);
  const [create = "", take = ""] = fence?.text.split(/;\n/) ?? [];
  await postgres.exec(create);
  const remaining = async () => (await postgres.query<{ remaining: string }>(take, ["key"])).rows.map((row) => Number(row.remaining));
  expect(await remaining()).toEqual([99]);
  expect(await remaining()).toEqual([98]);
  await postgres.exec("update buckets set tokens = 0, filled_at = clock_timestamp() + interval '1 hour'");
  expect(await remaining()).toEqual([]);
  await postgres.exec("update buckets set filled_at = clock_timestamp() - interval '1 hour'");
  expect(await remaining()).toEqual([99]);
});

test("the upsert of sql-upsert-merge tells an insert from an update and leaves an equal row alone", async () => {
  const { fences } = await knowledge.section("sql-postgresql#sql-upsert-merge");
  await emptyAnd(fences.filter(({ info }) => info.setup));
  const upserts = fences.filter(({ text }) => text.includes("do update"));
  const told = async () => (await postgres.query<{ inserted: boolean }>(upserts[1]?.text ?? "")).rows.map((row) => row.inserted);
  expect(await told()).toEqual([true]);
  expect(await told()).toEqual([false]);
  expect((await postgres.query(upserts[0]?.text ?? "", [1, "theme", "dark"])).affectedRows).toBe(0);
  expect((await postgres.query(upserts[0]?.text ?? "", [1, "theme", "light"])).affectedRows).toBe(1);
});
