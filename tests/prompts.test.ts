import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { knowledgeIn } from "../src/knowledge.ts";
import { promptsIn } from "../src/prompts.ts";

const folder = new URL("../prompts/", import.meta.url);
const prompts = promptsIn(folder);
const listed = await prompts.list();
const files = readdirSync(folder).sort();
const textOf = (file: string) => readFileSync(new URL(file, folder), "utf8");
const toolNames = [
  "analyze_query",
  "check_health",
  "find_slow_queries",
  "inspect_schema",
  "migration_checklist",
  "review_schema",
  "search_docs",
  "suggest_indexes",
];

/** A value for every argument that has to be there. */
const required = (name: string) =>
  Object.fromEntries(
    (listed.find((prompt) => prompt.name === name)?.arguments ?? [])
      .filter((argument) => argument.required)
      .map((argument) => [argument.name, `the ${argument.name}`]),
  );

test("prompts are listed by name, each with a title, a description and arguments", () => {
  expect(
    listed.map(
      ({ name, arguments: asked }) =>
        `${name}: ${asked.map((argument) => (argument.required ? argument.name : `${argument.name}?`)).join(", ")}`,
    ),
  ).toMatchInlineSnapshot(`
    [
      "build-graphql-api: entities, schema_sql?, server?, language?",
      "choose-orm: project, runtime?, candidates?, language?",
      "design-multi-tenant-schema: application, tenants?, isolation?, language?",
      "monthly: since?, language?",
      "optimize-query: sql, schema_sql?, plan?, language?",
      "plan-indexes: queries, schema_sql?, storage_budget_mb?, language?",
      "quarterly: migrations?, language?",
      "secure-supabase: access, schema_sql?, language?",
      "structure-migrations: change, sql?, schema_sql?, tool?, language?",
      "weekly: since?, language?",
      "yearly: outlook?, since?, language?",
    ]
  `);
  for (const { title, description } of listed)
    expect([title, description]).toEqual([expect.stringMatching(/^[A-Z].{5,}/), expect.stringMatching(/^[A-Z].{30,}\.$/)]);
});

test("every prompt is one file in English and one in French", () => {
  expect(files).toEqual(listed.flatMap(({ name }) => [`${name}.fr.md`, `${name}.md`]).sort());
});

test.each(listed.map(({ name }) => name))("%s asks for the same arguments and calls the same tools in both languages", (name) => {
  const [english, french] = [textOf(`${name}.md`), textOf(`${name}.fr.md`)];
  const own = (listed.find((prompt) => prompt.name === name)?.arguments ?? [])
    .map((argument) => argument.name)
    .filter((argument) => argument !== "language");
  const placeholders = (text: string) => [...new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, argument]) => argument))].sort();
  expect(placeholders(english)).toEqual([...own].sort());
  expect(placeholders(french)).toEqual(placeholders(english));
  const called = (text: string) => toolNames.filter((tool) => text.includes(`\`${tool}\``));
  expect(called(english).length).toBeGreaterThan(1);
  expect(called(french)).toEqual(called(english));
});

test.each(files)("%s names only tools and sections that exist", async (file) => {
  const knowledge = knowledgeIn(new URL("../knowledge/", import.meta.url));
  const text = textOf(file);
  for (const [, address = ""] of text.matchAll(/"([a-z-]+#[a-z-]+)"/g)) await knowledge.section(address);
  const snake = [...text.matchAll(/`([a-z]+_[a-z]+)`/g)].map(([, name]) => name);
  const fields = [
    "schema_sql",
    "row_counts",
    "rollback_sql",
    "in_transaction",
    "total_cost",
    "storage_budget_mb",
    "tenant_id",
    "lock_timeout",
    "compare_to",
    "pg_stat_statements",
  ];
  expect(snake.filter((name) => ![...toolNames, ...fields].includes(name ?? ""))).toEqual([]);
});

test("a prompt is filled with what was given, and asks nothing about what was not", async () => {
  expect((await prompts.fill("optimize-query", { sql: "select 1" })).text).toMatchInlineSnapshot(`
    "Find out why this query is slow, and make it fast without changing the rows it returns.
    \`\`\`sql
    select 1
    \`\`\`

    1. Call \`analyze_query\` with the query as \`sql\`.
    2. Read \`basis\` and \`limits\` of the answer first. Where \`statistics\` is not \`full\`, no cost is to be quoted; without a schema, only the text was judged.
    3. Where a finding is not clear, read its section: \`search_docs\` with \`section\` set to the finding's \`page\`.
    4. If a scan or a sort is the cause, call \`suggest_indexes\` with \`queries: [{ "sql": "…" }]\`.
    5. Change one thing, call \`analyze_query\` again, and compare the findings and \`plan.total_cost\`. A cost is the planner's unit, not a time.

    Answer with the cause in one sentence; then the new query, or the index with its undo; then what the tools did not see. If a rewrite can return other rows, because of NULL or of duplicates, say when."
  `);
  const { text } = await prompts.fill("optimize-query", {
    sql: "select 1",
    schema_sql: "create table orders (id int);\n\ncreate table lines (id int);",
  });
  expect(text).toContain("```sql\ncreate table orders (id int);\n\ncreate table lines (id int);\n```");
});

test("in French, the whole text is French", async () => {
  expect(await prompts.fill("choose-orm", { project: "Une boutique", language: "fr-FR" })).toMatchInlineSnapshot(`
    {
      "description": "Compare Prisma, Drizzle et Kysely pour un projet, avec ce qui décide et ce que chacun coûte plus tard.",
      "text": "Réponds en français. Quel ORM ou constructeur de requêtes convient à ce projet ? Une boutique

    1. Lis \`search_docs\` avec \`section: "database-design#dd-orm-choice"\`. La section dit pour quelles versions elle vaut ; demande lesquelles sont installées, ou lis le fichier de verrouillage du projet.
    2. Cherche ce dont le projet a besoin à côté, avec \`search_docs\` et \`query\` : pool de connexions pour cet environnement, migrations, sécurité au niveau des lignes.
    3. Si le projet a un schéma, appelle \`review_schema\` avec ce schéma dans \`schema_sql\` : ce qu'un ORM ne sait pas exprimer (index partiels, politiques, contraintes d'exclusion) compte dans le choix.
    4. Si un ORM envoie déjà des requêtes, appelle \`analyze_query\` sur les plus fréquentes.

    Donne une seule recommandation et le fait qui décide ; puis ce que les autres feraient mieux, comment on en sort, et quelles versions épingler. Ne juge pas à la popularité, et ne donne aucun chiffre de vitesse qui n'a pas été mesuré ici.",
    }
  `);
});

test.each([
  ["weekly", ["Top 10 slow queries and the plan for them", "Backups and the test restore"]],
  ["monthly", ["Indexes and what to correct", "Performance metrics"]],
  ["quarterly", ["Schema review and planned migrations", "Disaster recovery"]],
  ["yearly", ["the plan for the data architecture"]],
])("%s drives the tools in order and ends in its deliverables", (name, deliverables) => {
  const text = textOf(`${name}.md`);
  const steps = [...text.matchAll(/^(\d)\. /gm)].map(([, number]) => Number(number));
  expect(steps).toEqual(Array.from({ length: steps.length }, (_, place) => place + 1));
  const [before = "", after = ""] = text.split(/^Answer with/m);
  expect(toolNames.filter((tool) => before.includes(`\`${tool}\``)).length).toBeGreaterThan(2);
  expect(deliverables.filter((deliverable) => !after.includes(`**${deliverable}**`))).toEqual([]);
  const bold = (file: string) => textOf(file).match(/\*\*[^*]+\*\*/g)?.length;
  expect(bold(`${name}.fr.md`)).toBe(bold(`${name}.md`));
});

test("what looks like a placeholder in a value stays as it was written", async () => {
  const { text } = await prompts.fill("optimize-query", { sql: "select '{{plan}}', '$&', '$1'", plan: "[]" });
  expect(text).toContain("select '{{plan}}', '$&', '$1'");
});

test.each(listed.map(({ name }) => name))("%s leaves no placeholder behind, filled or not", async (name) => {
  for (const language of ["en", "fr"]) {
    const all = Object.fromEntries(
      (listed.find((prompt) => prompt.name === name)?.arguments ?? []).map((argument) => [argument.name, "given"]),
    );
    expect((await prompts.fill(name, { ...required(name), language })).text).not.toMatch(/\{\{|\}\}/);
    expect((await prompts.fill(name, { ...all, language })).text).not.toMatch(/\{\{|\}\}/);
  }
});

test.each([
  ["a prompt that is not there", "optimise-query", {}, "There is no prompt optimise-query. There are optimize-query,"],
  [
    "an argument that is missing",
    "optimize-query",
    { sql: " " },
    "optimize-query needs sql: The query, with $1 and $2 for values that change.",
  ],
  ["an argument that it does not know", "optimize-query", { sql: "select 1", sgl: "" }, "optimize-query has no argument sgl."],
  ["a language that it does not speak", "optimize-query", { sql: "select 1", language: "de" }, "language is en or fr."],
])("%s is told", async (_, name, values, message) => {
  await expect(prompts.fill(name, values)).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining(message) });
});

test("values are completed from their first letters, whatever their case", async () => {
  expect(await prompts.complete("structure-migrations", "tool", "")).toEqual([
    "prisma",
    "drizzle-kit",
    "kysely",
    "typeorm",
    "supabase",
    "flyway",
    "psql",
  ]);
  expect(await prompts.complete("structure-migrations", "tool", "P")).toEqual(["prisma", "psql"]);
  expect(await prompts.complete("structure-migrations", "language", "f")).toEqual(["fr"]);
  expect(await prompts.complete("structure-migrations", "change", "a")).toEqual([]);
  await expect(prompts.complete("no-such-prompt", "tool", "")).rejects.toMatchObject({ code: "invalid_argument" });
});

test.each([
  ["another name than its file", "---\nname: other\ntitle: A\ndescription: B\n---\n", "page.md: its name must be page"],
  ["no title", "---\nname: page\ndescription: B\n---\n", "page.md: a prompt needs a title and a description"],
  [
    "an argument without a description",
    "---\nname: page\ntitle: A\ndescription: B\narguments: [{ name: sql }]\n---\n",
    "page.md: an argument has a name and a description",
  ],
])("a prompt with %s is refused", async (_, text, message) => {
  const root = await mkdtemp(join(tmpdir(), "prompts-"));
  onTestFinished(() => rm(root, { recursive: true }));
  await writeFile(join(root, "page.md"), text);
  await writeFile(join(root, "page.fr.md"), "---\ntitle: A\ndescription: B\n---\n");
  await expect(promptsIn(pathToFileURL(root)).list()).rejects.toThrow(message);
});
