import { expect, test } from "vitest";
import { readMigrations } from "../../../src/migration/files/read.ts";

const refusal = async (text: string, name = "") =>
  readMigrations([{ name, text }]).then(
    () => "",
    (error: unknown) => (error instanceof Error ? error.message : ""),
  );

test("a Prisma schema is answered with the commands that give its SQL", async () => {
  expect(await refusal('datasource db {\n  provider = "postgresql"\n}\nmodel Order {\n  id Int @id\n}')).toMatchInlineSnapshot(
    `"This is a Prisma schema, not SQL. For the migration itself, pass the migration.sql that \`npx prisma migrate dev --create-only\` writes; for the whole schema, the output of \`npx prisma migrate diff --from-empty --to-schema prisma/schema.prisma --script\` (before Prisma 7: --to-schema-datamodel)."`,
  );
  expect(await refusal("enum Size {\n  S\n}", "prisma/size.prisma")).toMatch(/^This is a Prisma schema/);
});

test("a Drizzle schema is answered with the commands that give its SQL", async () => {
  expect(
    await refusal('import { integer, pgTable } from "drizzle-orm/pg-core";\nexport const orders = pgTable("orders", { id: integer() });'),
  ).toMatchInlineSnapshot(
    `"This is a Drizzle schema in TypeScript, not SQL. For the migration itself, pass the file that \`npx drizzle-kit generate\` writes; for the whole schema, the output of \`npx drizzle-kit export\`."`,
  );
  expect(await refusal('export const orders = sqliteTable("orders", {});')).toMatch(/for another database than Postgres/);
});

test.each([
  ["create table a (id int auto_increment primary key)", "AUTO_INCREMENT is MySQL"],
  ["create table a (id int) engine = InnoDB", "ENGINE, CHARSET and COLLATE= after a table are MySQL"],
  ["alter table `a` add b int", "Backticks are MySQL and SQLite"],
  ["alter table a modify column b bigint not null", "MODIFY and CHANGE COLUMN are MySQL"],
  ["alter table a add index (b), algorithm=inplace, lock=none", "ALGORITHM= and LOCK= are MySQL"],
  ["create table a (b int(11))", "A width, as in int(11), is MySQL"],
  ["create table a (b int unsigned)", "UNSIGNED is MySQL"],
  ["create table a (id integer primary key autoincrement)", "AUTOINCREMENT is SQLite"],
  ["PRAGMA foreign_keys=OFF;\ncreate table a (b int);", "PRAGMA is SQLite"],
  ["create table a (id integer primary key) without rowid", "STRICT and WITHOUT ROWID are SQLite's"],
  ["create table [dbo].[a] (b int)", "Brackets around names and IDENTITY(1,1) are SQL Server"],
  ["create table a (b UInt64 codec(ZSTD)) engine = MergeTree", "ENGINE = MergeTree and CODEC are ClickHouse"],
])("%s is told as another dialect, with its place", async (text, expected) => {
  const [what = "", , , why = ""] = (await refusal(`select 1;\n${text}`, "1_a.sql")).split("\n");
  expect(what).toMatch(/^syntax error at or near .* \(1_a\.sql, line [23], column \d+\)$/);
  expect(why).toContain(expected);
});

test("what only looks foreign is read, and a plain mistake stays a plain mistake", async () => {
  const comment = `-- model User {\n-- was auto_increment in MySQL, with \`backticks\`\ncreate type size as enum ('s', 'm');\ncomment on type size is 'pgTable(';`;
  expect(await refusal(comment)).toBe("");
  expect(await refusal("create type if not exists size as enum ('s')")).not.toMatch(/MySQL/);
  expect(await refusal("alter table a add column", "1_a.sql")).toBe(
    "syntax error at end of input (1_a.sql, line 1, column 25)\nalter table a add column\n                        ^",
  );
});

test("a place that the runner fills in is told as such", async () => {
  expect(await refusal(`create table $\{schema}.a ()`, "V1__a.sql")).toMatch(/\nFlyway fills in \$\{…\} before it sends the text/);
});
