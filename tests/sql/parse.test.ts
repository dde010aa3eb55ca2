import { expect, test } from "vitest";
import { ToolError } from "../../src/error.ts";
import { parseStatements } from "../../src/sql/parse.ts";

const errorOf = async (sql: string) => {
  const error = await parseStatements(sql).catch((thrown: unknown) => thrown);
  if (!(error instanceof ToolError)) throw new Error(`Expected a ToolError, got ${String(error)}`);
  return error;
};

test("a text is cut into statements, without comments, blanks and semicolons around them", async () => {
  const sql = "/* é€😀 */ select 'é€😀' ; -- x\n ;; \n-- y; z\n update t set a = ';' -- end\n";
  const statements = await parseStatements(sql);
  expect(statements.map(({ text, kind }) => ({ text, kind }))).toEqual([
    { text: "select 'é€😀'", kind: "SelectStmt" },
    { text: "update t set a = ';'", kind: "UpdateStmt" },
  ]);
  for (const { text, start, end, source } of statements) expect(source.slice(start, end)).toBe(text);
});

test("a comment inside a statement stays, one behind it goes", async () => {
  const [statement] = await parseStatements("select 1 /* a */ + 2 /* b /* c */ */ ; ");
  expect(statement?.text).toBe("select 1 /* a */ + 2");
});

test("a no-break space is a letter to Postgres, so it is not cut off", async () => {
  const [statement] = await parseStatements("select 1 as \u00a0 \t");
  expect(statement?.text).toBe("select 1 as \u00a0");
  expect((await parseStatements("select $65535, '$65536', $$ $99999 $$")).length).toBe(1);
});

test("a function body with semicolons is one statement", async () => {
  const bodies = ["create function f() returns int language sql begin atomic; select 1; select 2; end", "do $$ begin; perform 1; end $$"];
  expect((await parseStatements(bodies.join(";\n"))).map(({ kind }) => kind)).toEqual(["CreateFunctionStmt", "DoStmt"]);
});

test("locations in the tree count characters", async () => {
  const sql = 'select \'é€😀\', "ü".name from users as "ü"';
  const [statement] = await parseStatements(sql);
  const tree = JSON.stringify(statement?.tree);
  expect(tree).toContain(`"location":${sql.indexOf('"ü".name')}`);
  expect(tree).toContain(`"location":${sql.indexOf("users")}`);
});

test.each(["", "  \n ", "-- nothing", "/* a */ ;; "])("a text without a statement gives none: %j", async (sql) => {
  expect(await parseStatements(sql)).toEqual([]);
});

test("a syntax error has Postgres's words, the place and the line with a caret", async () => {
  const { code, message } = await errorOf("select 'é€😀',\n\t'😀' as a form users\n where id = 1");
  expect(code).toBe("sql_syntax");
  expect(message).toBe("syntax error at or near \"form\" (sql, line 2, column 12)\n\t'😀' as a form users\n\t          ^");
});

test("a long line is shown around the error", async () => {
  const { message } = await errorOf(`select ${"a, ".repeat(200)} from from t`);
  const [, line = "", caret = ""] = message.split("\n");
  expect(line.length).toBeLessThanOrEqual(120);
  expect(line.slice(caret.length - 1)).toMatch(/^from from t/);
});

test.each([
  ["select * from users where id = ?", /write placeholders as \$1/],
  ["insert into users values (?, ?)", /write placeholders as \$1/],
  ["select * from users where id = :id and name = :name", /:name is no placeholder/],
  ["select * from users where id = %(id)s", /Python's/],
  ["select * from users where id = %s", /Python's/],
  ["select top 5 * from users where id = @p1", /SQL Server/],
  ["insert into t values (@p1, @p2) on duplicate key", /@name is no placeholder/],
  ["select * from users where id = $" + "{id}", /template was not filled in/],
  ["\\d users", /command of psql/],
  ["select `id` from `users`", /Backticks are MySQL/],
  ["select * from users limit 5, 10", /LIMIT with a comma is MySQL/],
  ["create table t (id int auto_increment)", /AUTO_INCREMENT is MySQL/],
  ["model User {\n  id Int @id\n}", /Prisma or Drizzle/],
  ["const users = pgTable('users', { id: serial() })", /Prisma or Drizzle/],
  ["const rows = await sql`select 1`", /program code/],
  ["Seq Scan on users  (cost=0.00..1.00 rows=1 width=4)", /output of EXPLAIN/],
])("a hint tells what was probably meant: %s", async (sql, hint) => {
  const { code, message } = await errorOf(sql);
  expect(code).toBe("sql_syntax");
  expect(message).toMatch(hint);
});

test.each(["selec 1", "select 'what? :name' form t", "select a::int, b[1:2] form t -- ?"])("no hint is made up: %s", async (sql) => {
  expect((await errorOf(sql)).message.split("\n")).toHaveLength(3);
});

test.each([
  ["select 'a\0b'", "invalid_argument"],
  ["\ufeffselect 1", "invalid_argument"],
  ["select $65536", "invalid_argument"],
  ["select '\ud800'", "invalid_argument"],
  [`select '${"é".repeat(50_001)}'`, "too_large"],
  [`select ${"(".repeat(20_000)}1${")".repeat(20_000)}`, "too_large"],
  [`select ${"not ".repeat(20_000)}true`, "too_large"],
  [`select 1${"+1".repeat(8_000)}`, "too_large"],
  [`select ${"case when true then ".repeat(2_500)}1${" end".repeat(2_500)}`, "too_large"],
  [`select 1${" union all select 1".repeat(4_000)}`, "too_large"],
  [`select now()${" at time zone 'utc'".repeat(4_000)}`, "too_large"],
  [`select 1${" operator(pg_catalog.+) 1".repeat(3_900)}`, "too_large"],
  [`select 1${"::int".repeat(8_000)}`, "too_large"],
  [`select ${"- ".repeat(8_000)}1`, "too_large"],
])("what the parser cannot take is refused: %#", async (sql, code) => {
  expect((await errorOf(sql)).code).toBe(code);
  expect(await parseStatements("select 1")).toHaveLength(1);
});

test("the parser survives refusing deep texts again and again", { timeout: 120_000 }, async () => {
  const deep = [`select 1${"+1".repeat(8_000)}`, `select ${"not ".repeat(7_000)}b`, `select ${"(".repeat(12_000)}`];
  for (let round = 0; round < 60; round++) expect((await errorOf(deep[round % deep.length] ?? "")).code).toBe("too_large");
  expect(await parseStatements("select a, b from t where c = 'x'")).toHaveLength(1);
});

test("long but flat texts are taken", async () => {
  const flat = [
    `select 1 where 1 in (${Array(20_000).fill("1").join(", ")})`,
    `insert into t values ${Array(9_000).fill("(1 + 2)").join(", ")}`,
    `select 1 where ${Array(9_000).fill("a = 1").join(" or ")}`,
    `select ${Array(700).fill("(case when a then b + c * d else -e end)").join(", ")}`,
    Array(9_000).fill("select 1").join(";"),
  ];
  for (const sql of flat) expect((await parseStatements(sql)).length).toBeGreaterThan(0);
});
