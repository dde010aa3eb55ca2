import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../src/rules/rule.ts";
import { schemaRules } from "../../src/rules/schema-rules.ts";
import { loadGrammar } from "../../src/sql/grammar.ts";
import { sharedEmbedded } from "../postgres/embedded.ts";
import { type Asked, schemaIn } from "./schema/asked.ts";
import { openLive } from "./schema/live.ts";

interface Case {
  readonly id: string;
  readonly setup?: string;
  readonly sql: string;
  readonly expected: readonly string[];
  readonly scope: readonly string[];
}

/** Cases whose label Postgres or their own source contradicts, each with what is so. They are counted apart. */
const disputed: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [2, 11, 12, 15, 16, 17].map((number) => [
      `splinter/0024_rls_policy_always_true/${number}`,
      "the source asks `select count(*)` there and expects the count 0; its one row was taken for one finding",
    ]),
  ),
  "splinter/0024_rls_policy_always_true/19":
    "an INSERT policy without WITH CHECK allows no insert: tests/rules/schema/proofs.test.ts has Postgres refuse it",
};

const folder = join(import.meta.dirname, "../../../shared/exams");
const isThere = existsSync(join(folder, "schemas.json"));
if (!isThere) console.error("The schema exam is skipped: there is no ../shared/exams.");
const cases: readonly Case[] = isThere ? JSON.parse(readFileSync(join(folder, "schemas.json"), "utf8")) : [];
const fixtures = isThere ? readFileSync(join(folder, "schemas-fixtures.sql"), "utf8") : "";

const idOf = (rule: string) => rule.replace("schema/", "");
const implemented = new Set(schemaRules.map(({ id }) => idOf(id)));

/** What CREATE EXTENSION leaves in the catalog, which is all that rules know of it: no server here has these files. */
const installed: Readonly<Record<string, string>> = {
  "create extension pg_graphql;":
    "insert into pg_catalog.pg_extension values (4000001, 'pg_graphql', 10, 'public'::pg_catalog.regnamespace, false, '1.5.9', null, null);",
  "create extension postgres_fdw schema extensions;": "create foreign data wrapper postgres_fdw;",
};
const asInstalled = (sql: string) => Object.entries(installed).reduce((text, [create, left]) => text.replace(create, left), sql);

interface Graded {
  readonly given: Case;
  /** Ids within the scope of the case; undefined: this server cannot run it. */
  readonly found: readonly string[] | undefined;
}

async function grade(postgres: Asked, given: Case): Promise<Graded> {
  await postgres.exec("begin");
  try {
    await postgres.exec(`${given.setup?.includes("fixtures") ? fixtures : ""}\nreset search_path;`);
    try {
      await postgres.exec(asInstalled(given.sql));
    } catch {
      return { given, found: undefined };
    }
    const findings = run(schemaRules, await schemaIn(postgres), undefined);
    return { given, found: [...new Set(findings.map(({ rule }) => idOf(rule)))].filter((id) => given.scope.includes(id)) };
  } finally {
    await postgres.exec("rollback");
  }
}

function score(graded: readonly Graded[], counts: (id: string) => boolean) {
  const pairs = graded.flatMap(({ given, found = [] }) =>
    [...new Set([...given.expected, ...found])].filter(counts).map((id) => ({ id, given, found })),
  );
  const right = pairs.filter(({ id, given, found }) => given.expected.includes(id) && found.includes(id)).length;
  const wrong = pairs.filter(({ id, given }) => !given.expected.includes(id)).length;
  const missed = pairs.filter(({ id, found }) => !found.includes(id)).map(({ id, given }) => `${given.id} (${id})`);
  return { right, wrong, missed, precision: ratio(right, right + wrong), recall: ratio(right, right + missed.length) };
}

const ratio = (part: number, whole: number) => (whole === 0 ? 1 : part / whole);
const told = ({ right, wrong, missed, precision, recall }: ReturnType<typeof score>) =>
  `precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)} (${right} right, ${wrong} wrong, ${missed.length} missed)`;

const servers = { "the twin's engine": sharedEmbedded, "PostgreSQL 18": () => openLive(18), "PostgreSQL 15": () => openLive(15) };

test.skipIf(!isThere).each(Object.entries(servers))(
  "the schema rules pass the exam on %s",
  async (name, open) => {
    await loadGrammar();
    const postgres = await open();
    const graded: Graded[] = [];
    for (const given of cases) graded.push(await grade(postgres, given));

    const ran = graded.filter(({ found }) => found !== undefined);
    const agreed = graded.filter(({ given }) => disputed[given.id] === undefined);
    const own = score(agreed, (id) => implemented.has(id));
    const labels = score(graded, (id) => implemented.has(id));
    const all = score(graded, () => true);
    console.error(
      [
        `Schema exam on ${name}: ${ran.length} of ${cases.length} cases ran, ${graded.length - agreed.length} have a label that is disputed; a case that did not run counts as missed.`,
        `  rules that exist, without disputed labels: ${told(own)}`,
        `  rules that exist, all labels as given: ${told(labels)}`,
        `  the whole exam: ${told(all)}`,
        `  missed: ${own.missed.join(", ") || "nothing"}`,
        `  did not run: ${
          graded
            .filter(({ found }) => found === undefined)
            .map(({ given }) => given.id)
            .join(", ") || "nothing"
        }`,
      ].join("\n"),
    );
    expect(own.recall).toBeGreaterThanOrEqual(0.9);
    expect(own.precision).toBeGreaterThanOrEqual(0.95);
  },
  120_000,
);
