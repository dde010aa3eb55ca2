import { expect, test } from "vitest";
import { connect, connectKept, textOf } from "./client.ts";

const client = connectKept({ args: ["--language", "fr"] });

interface Checklist {
  readonly checklist: readonly { readonly item: string; readonly done: boolean | "unknown"; readonly evidence: string }[];
}

const schema = `create table orders (id bigint primary key, total numeric, note text, customer bigint);
  create table customers (id bigint primary key, email text)`;

/** Migrations that between them say all that a checklist can say of a text. */
const migrations: Readonly<Record<string, object>> = {
  "nothing but a new table": { sql: "create table t (id int primary key)" },
  "a rewrite, with rows": {
    sql: "alter table orders alter column total type int using total::int",
    row_counts: { orders: 5_000_000 },
    queries: ["select total from orders where id = 1"],
  },
  "a rewrite, and nobody knows of what": { sql: "alter table orders alter column total type int using total::int" },
  "a column that goes": { sql: "alter table orders drop column note", queries: ["select note from orders", "select id from orders"] },
  "a table that goes": { sql: "drop table customers", rollback_sql: "create table customers (id bigint primary key)" },
  "a build beside others": { sql: "create index concurrently on orders (note)", row_counts: { orders: 5_000_000 } },
  "a build that keeps writers away": { sql: "create index on orders (note)", row_counts: { orders: 5_000_000 } },
  "several tables": {
    sql: "alter table orders alter column total type int using total::int; create index on customers (email); alter table customers alter column id type int",
    row_counts: { orders: 5_000_000, customers: 90_000 },
  },
  "a condition on the rows": { sql: "alter table orders alter column note set not null; alter table orders add check (total > 0)" },
  "a change of rows": { sql: "update orders set note = 'x'" },
  "what Postgres refuses": { sql: "alter table nowhere add column a int" },
  "a way back that is refused": { sql: "alter table orders add column a int", rollback_sql: "alter table orders drop column b" },
  "a way back to somewhere else": { sql: "alter table orders add column a int", rollback_sql: "select 1" },
  "a query that nobody can plan": { sql: "alter table orders add column a int", queries: ["select * from nowhere"] },
  "what is not rehearsed": { sql: "vacuum orders" },
};

/** Words of our own sentences; SQL has some of them in capitals or in commands, which stay. */
const english = /\b(not|the|was|were|rows of|statements?|closed|could|planned|against|rehearsed|refused|seen|table that|differences$)\b/;

test.each(Object.entries(migrations))("the checklist is French in whole: %s", async (_, asked) => {
  const answer = await (await client).callTool({
    name: "migration_checklist",
    arguments: { schema_sql: schema, response_format: "detailed", ...asked },
  });
  // What a program reads is English.
  const { checklist } = answer.structuredContent as unknown as Checklist;
  expect(checklist[0]?.item).toBe("Before: full backup of the database");
  const lines = textOf(answer).split("\n");
  const from = lines.indexOf("Liste de contrôle ([x] fait ici, [ ] non, [?] ne se voit pas d'ici) :");
  const rows = lines.slice(from + 1, from + 11);
  expect(rows.map((row) => /^\[[x ?]\] (Avant|Pendant|Après|Retour arrière) : /.test(row))).toEqual(rows.map(() => true));
  for (const [place, row] of rows.entries()) {
    const { item, evidence } = checklist[place] ?? { item: "", evidence: "" };
    expect(row).not.toContain(item);
    expect(row).not.toContain(evidence);
    const own = row.replace(/: [^:]*(?:pg_dump|psql|select|snapshot).*/, "").replace(/(?:refusé|refusé dans le jumeau) : .*/, "");
    expect(own).not.toMatch(english);
  }
});

test("without a schema the checklist is French too", async () => {
  const answer = await (await client).callTool({
    name: "migration_checklist",
    arguments: { sql: "alter table orders add column a int", response_format: "markdown" },
  });
  const text = textOf(answer);
  expect(text).toContain("**Liste de contrôle** (coché : vérifié ici)");
  expect(text).toContain("Avant : essayer la migration en préproduction: non exécuté : il n'y avait pas de schéma pour cela");
  expect(text).toContain("| # | Instruction | Verrous | Travail | Durée |");
});

test("headings are French and messages English", async () => {
  const ask = async (name: string, asked: Record<string, unknown>) => textOf(await (await client).callTool({ name, arguments: asked }));
  const plan = await ask("analyze_query", {
    sql: "select * from orders where note like '%x'",
    schema_sql: schema,
    row_counts: { orders: 100_000 },
  });
  expect(plan).toMatch(/^Base : /m);
  expect(plan).toMatch(/^Verdict : /m);
  expect(plan).toContain("Seq Scan on orders");
  const review = await ask("review_schema", { schema_sql: "create table t (a int)" });
  expect(review).toMatch(/^Examiné : 1 table/m);
  expect(review).toContain("t has no primary key");
  expect(review).toMatch(/^Non vu : /m);
});

test("a language that is none is refused at the start", async () => {
  await expect(connect({ args: ["--language", "de"] })).rejects.toThrow("--language is one of en, fr, not de");
});
