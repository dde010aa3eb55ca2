import { expect, test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { connectOnce, textOf } from "./client.ts";

const schema_sql = "create table orders (id bigint primary key, customer_id int, quantity int not null default 1);";

interface Found {
  readonly rule: string;
  readonly severity: string;
  readonly fix?: string;
  readonly fix_run?: { readonly catalog: string };
  readonly fix_orm?: {
    readonly tool: string;
    readonly because: string;
    readonly files: readonly { readonly path: string; readonly body: string }[];
    readonly schema_line?: string;
    readonly said?: string;
  };
}

interface Answer {
  readonly findings: readonly Found[];
  readonly statements: readonly { readonly refused?: object }[];
  readonly limits: readonly string[];
}

async function asked(args: Readonly<Record<string, unknown>>, url?: string) {
  const client = await connectOnce(url);
  const answer = await client.callTool({ name: "migration_checklist", arguments: args });
  if (answer.isError) throw new Error(textOf(answer));
  return { ...(answer.structuredContent as unknown as Answer), text: textOf(answer) };
}

const index = "create index by_customer on orders (customer_id);";
const type = "alter table orders alter column quantity type bigint;";

/** A migration as each tool has it. */
const files: readonly (readonly [tool: string, file: string, write: (sql: string) => string])[] = [
  ["Prisma", "prisma/migrations/20260101_x/migration.sql", (sql) => sql],
  ["Supabase", "supabase/migrations/20260101_x.sql", (sql) => sql],
  ["Flyway", "V7__x.sql", (sql) => sql],
  [
    "Rails",
    "db/migrate/20260101_x.rb",
    (sql) => `class X < ActiveRecord::Migration[8.0]\n  def up\n    execute <<~SQL\n      ${sql}\n    SQL\n  end\nend\n`,
  ],
  ["dbmate", "db/migrations/20260101_x.sql", (sql) => `-- migrate:up\n${sql}\n-- migrate:down\n`],
  ["golang-migrate", "migrations/7_x.up.sql", (sql) => sql],
  ["goose", "migrations/7_x.sql", (sql) => `-- +goose Up\n${sql}\n`],
  ["diesel", "migrations/20260101-1_x/up.sql", (sql) => sql],
  ["sql-migrate", "migrations/7_x.sql", (sql) => `-- +migrate Up\n${sql}\n`],
  ["Liquibase", "changelog/x.sql", (sql) => `--liquibase formatted sql\n--changeset me:1\n${sql}\n`],
  ["Atlas", "migrations/20260101_x.sql", (sql) => `-- atlas:nolint\n${sql}\n`],
];

test.each(files)("%s gets its fixes as its own files, and they are fine when they are asked about", async (tool, file, write) => {
  for (const [sql, rule] of [
    [index, "migration/create-index-not-concurrent"],
    [type, "migration/alter-column-type"],
  ] as const) {
    const { findings, text } = await asked({ sql: write(sql), file, schema_sql });
    const found = findings.find((one) => one.rule === rule);
    expect(found?.fix_run?.catalog, found?.fix).toBe("same");
    expect(found?.fix_orm?.tool).toBe(tool);
    expect(text).toContain(`${tool} (${found?.fix_orm?.because}`);
    const written = found?.fix_orm?.files ?? [];
    expect(written.length).toBeGreaterThan(0);
    if (sql !== index) continue;
    const [first] = written;
    const again = await asked({ sql: first?.body, file: first?.path.replace(/<\w+>/, "20260102"), schema_sql, orm: tool });
    expect(again.findings.map(({ rule: other }) => other)).not.toContain(rule);
    // diesel has its word in a file beside it, which is not given here.
    expect(again.statements.map(({ refused }) => refused === undefined)).toEqual([tool !== "diesel"]);
  }
});

test("the tool is told by the caller, whatever the case, or by the table that it keeps in the database", async () => {
  const given = await asked({ sql: index, schema_sql, orm: "prisma" });
  expect(given.findings[0]?.fix_orm).toMatchObject({
    tool: "Prisma",
    because: "as given",
    schema_line: '@@index([customer_id], map: "by_customer")',
  });
  const { url } = await freshDatabase(
    18,
    `${schema_sql} create table "_prisma_migrations" (id text primary key); insert into orders select i, i from generate_series(1, 1000) i; analyze;`,
  );
  const kept = await asked({ sql: index }, url);
  expect(kept.findings.find(({ fix }) => fix)?.fix_orm).toMatchObject({ tool: "Prisma", because: "_prisma_migrations is in the database" });
  await expect(asked({ sql: index, orm: "Django" })).rejects.toThrow("The runner is one of psql, Prisma,");
});

test("Drizzle runs all in one transaction: no file of it is printed, but the line of its schema is", async () => {
  const { findings, text } = await asked({
    sql: `${index}--> statement-breakpoint\n${type}`,
    file: "drizzle/0001_x.sql",
    schema_sql,
    in_transaction: false,
  });
  const found = findings.find(({ rule }) => rule === "migration/create-index-not-concurrent");
  expect(found?.fix_orm).toEqual({
    tool: "Drizzle",
    because: "--> statement-breakpoint is Drizzle's",
    files: [],
    schema_line: 'index("by_customer").on(table.customer_id)',
    said: "nothing in a file of Drizzle leaves its transaction: run the fix with psql first",
  });
  expect(text).toContain('in its schema: index("by_customer").on(table.customer_id)');
});

test("Markdown holds the files whole", async () => {
  const { text } = await asked({ sql: index, file: "V7__x.sql", schema_sql, response_format: "markdown" });
  expect(text).toContain("V<version>__orders.sql.conf");
  expect(text).toContain("executeInTransaction=false");
});
