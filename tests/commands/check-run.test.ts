import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { patternIn } from "../../src/tools/migration-files.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { folderOf, rulesOf } from "./checking.ts";

const orders = "create table orders (id bigint primary key, note text);\n";

test.each([15, 18] as const)(
  "several migrations are one run on a database of PostgreSQL %i: each sees what those before it made",
  async (version) => {
    const { url } = await freshDatabase(
      version,
      `${orders} insert into orders select n, 'x' from generate_series(1, 100000) n; analyze orders`,
    );
    const { filesOf } = folderOf({
      "1.sql": "create table notes (id bigint primary key, body text);\nalter table orders rename to purchases;",
      "2.sql": "create index notes_body_idx on notes (body);\nalter table purchases add column channel text;",
      "3.sql": "create index purchases_note_idx on purchases (note);\nalter table purchases drop column nope;",
      "4.sql": "alter table purchases drop column channel;",
    });
    const environment = { DATABASE_URL: url };
    const files = filesOf(["1.sql", "2.sql", "3.sql", "4.sql"], { environment });
    expect(files.map(({ file, basis }) => [file, basis.source])).toEqual(
      ["1.sql", "2.sql", "3.sql", "4.sql"].map((name) => [name, "live"]),
    );
    expect(files.map(rulesOf)).toEqual([
      ["migration/rename-table"],
      [],
      ["migration/drop-column", "migration/create-index-not-concurrent"],
      ["migration/drop-column"],
    ]);
    expect(files.map(({ statements }) => statements.map(({ refused }) => refused?.code))).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      [undefined, "42703"],
      [undefined],
    ]);
    expect(files[2]?.findings[1]).toMatchObject({ message: expect.stringContaining("about 100,000 rows") });
    expect(files.map(({ rollback }) => rollback.identical)).toEqual([true, true, undefined, true]);
  },
);

test("a way back that leaves something behind does not reach the migration after it", () => {
  const { filesOf } = folderOf({
    "schema.sql": `${orders} create type mood as enum ('good');`,
    "m/1.sql": "alter type mood add value 'bad';",
    "m/2.sql": "create table feelings (mood mood default 'bad');",
    "m/3.up.sql": "create table extra (id int);",
    "m/3.down.sql": "drop table nope;",
    "m/4.up.sql": "alter table extra add column note text;",
  });
  const files = filesOf(["m", "--schema", "schema.sql"]);
  expect(files.map(({ rollback }) => rollback.identical)).toEqual([false, true, false, true]);
  expect(files.flatMap(({ statements }) => statements.flatMap(({ refused }) => refused ?? []))).toEqual([]);
  expect(files[2]?.rollback).toMatchObject({ sql: "drop table nope;", refused: expect.stringContaining('"nope" does not exist') });
});

test("folders, patterns and names stand for their files, each once, in the order of their numbers", () => {
  const { filesOf, check, write } = folderOf({
    "m/2_b/migration.sql": "create table b (id int);",
    "m/10_c/migration.sql": "create table c (id int);",
    "m/1_a/migration.sql": "create table a (id int);",
    "m/1_a/down.sql": "drop table a;",
    "V1__x.sql": "create table x (id int);",
    "U1__x.sql": "drop table x;",
    "[odd].sql": "create table odd (id int);",
  });
  const names = (...args: string[]) => filesOf(args).map(({ file }) => file);
  const all = ["m/1_a/migration.sql", "m/2_b/migration.sql", "m/10_c/migration.sql"];
  expect(names("m")).toEqual(all);
  expect(names("m/**/migration.sql")).toEqual(all);
  expect(names("m/[0-9]_*/*.sql", "m")).toEqual(all);
  expect(names("{V,U}*.sql")).toEqual(["V1__x.sql"]);
  expect(names("[odd].sql")).toEqual(["[odd].sql"]);
  expect(check(["nothing/*.sql"])).toMatchObject({ status: 2, stderr: expect.stringContaining("nothing could not be read") });
  write("notes/readme.md", "nothing to run");
  expect(check(["notes"])).toMatchObject({ status: 2, stderr: expect.stringContaining("No migration is in notes") });
  expect(check(["m/z*.sql"])).toMatchObject({ status: 2, stderr: expect.stringContaining("No migration is at m/z*.sql") });
});

test("Diesel's times with dashes and without stand in one order", () => {
  const { filesOf } = folderOf({
    "m/2017-08-31-230457_c/up.sql": "create table c (id int);",
    "m/20140924113530_b/up.sql": "create table b (id int);",
    "m/00000000000000_a/up.sql": "create table a (id int);",
  });
  const all = ["m/00000000000000_a/up.sql", "m/20140924113530_b/up.sql", "m/2017-08-31-230457_c/up.sql"];
  expect(filesOf(["m"]).map(({ file }) => file)).toEqual(all);
});

test.each([
  ["migrations\\*.sql", "\\", "migrations", "a.sql", "b/a.sql"],
  ["C:\\app\\db\\**\\*.sql", "\\", "C:/app/db", "b/a.sql", "a.txt"],
  ["migrations/*.sql", "\\", "migrations", "a.sql", "b/a.sql"],
  ["/srv/*.sql", "/", "/srv", "a.sql", "b/a.sql"],
  ["/*.sql", "/", "/", "a.sql", "b/a.sql"],
  ["*.sql", "/", ".", "a.sql", "b/a.sql"],
])("the pattern %s where the separator is %s", (place, separator, folder, matched, other) => {
  const { root, pattern } = patternIn(place, separator);
  expect([root, pattern.test(matched), pattern.test(other)]).toEqual([folder, true, false]);
});

test("a migration of stdin is known by the name that is told for it", () => {
  const { filesOf } = folderOf({});
  const [file] = filesOf(["-", "--stdin-filepath", "db/V3__orders.sql"], { input: `${orders} drop table orders;` });
  expect(file?.file).toBe("db/V3__orders.sql");
  expect(file?.limits.join()).toContain("Flyway");
});

test("--changed judges what git sees changed, after the rest, which makes the schema", () => {
  const { folder, write, filesOf, check } = folderOf({ "m/1.sql": orders, "m/2.sql": "alter table orders add column a int;" });
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd: folder, stdio: "pipe" });
  git("init", "-b", "main");
  expect(check(["--changed", "m"])).toMatchObject({ status: 2, stderr: expect.stringContaining("fetch-depth: 0") });
  git("add", ".");
  git("commit", "-m", "first");
  expect(check(["--changed", "m"])).toMatchObject({ status: 0, stdout: "No migration to judge.\n" });
  git("checkout", "-b", "feature");
  write("m/3.sql", "alter table orders drop column a;");
  git("add", ".");
  git("commit", "-m", "second");
  write("m/4.sql", "create table ümlaut (id int);\n");
  for (const args of [
    ["--changed", "m"],
    ["--changed", "main", "m/*.sql"],
  ]) {
    const files = filesOf(args);
    expect(files.map(({ file }) => file)).toEqual(["m/3.sql", "m/4.sql"]);
    expect(files.map(rulesOf)).toEqual([["migration/drop-column"], []]);
  }
  expect(filesOf(["--changed", "."], { at: "m" }).map(({ file }) => file)).toEqual(["3.sql", "4.sql"]);
  write("m/1.sql", `${orders} -- edited`);
  expect(check(["--changed", "main", "m"]).stderr).toBe(
    "backend-db-mcp: m/1.sql comes before m/2.sql, which is history: it was judged after it.\n",
  );
  expect(check(["--changed=nope", "m"])).toMatchObject({ status: 2, stderr: expect.stringContaining("HEAD and nope share") });
});

test("a first migration is judged after a history of nothing", () => {
  const { folder, filesOf } = folderOf({ "m/1.sql": `${orders} create index on orders (note);` });
  execFileSync("git", ["init", "-b", "main"], { cwd: folder });
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--allow-empty", "-m", "x"], { cwd: folder });
  const [file] = filesOf(["--changed", "main", "m"]);
  expect(file?.statements.every(({ locks }) => locks !== undefined)).toBe(true);
  expect(file && rulesOf(file)).toEqual([]);
});
