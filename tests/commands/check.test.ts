import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const program = new URL("../../dist/index.js", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "check-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const schema = file(
  "schema.sql",
  `create table orders (id bigint primary key, status text not null, note text);
   -- rows: orders 5_000_000`,
);

/** Nothing of this process's environment: no database is set in it. */
function check(args: readonly string[], { input = "", environment = {} }: { input?: string; environment?: Record<string, string> } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "check", ...args], {
    input,
    env: environment,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("a look-up by its key passes: 0", () => {
  const query = file("pass.sql", "select note from orders where id = $1");
  const { status, stdout } = check(["--query", query, "--schema", schema]);
  expect(stdout).toContain("\nVerdict: pass. Nothing found.\n");
  expect(status).toBe(0);
});

test("a warning, and what nothing is known of, need a look: 1", () => {
  const query = file("warn.sql", "select o.note from orders o where o.status not like '%x' order by o.note limit 10 offset 10000");
  const { status, stdout } = check(["--query", query, "--schema", schema]);
  expect(stdout).toContain("\nVerdict: warn. ");
  expect(status).toBe(1);
  const unknown = check(["--query", "-"], { input: "select note from orders where id = 7" });
  expect(unknown.stdout).toContain("\nVerdict: unknown. ");
  expect(unknown.status).toBe(1);
});

test("what must not run is blocked, without a database and without a schema: 2", () => {
  const { status, stdout } = check(["--query", "-"], { input: "select 1;\ndelete from orders;" });
  expect(stdout).toContain("#2 block: delete from orders");
  expect(status).toBe(2);
});

test.each([
  ["a statement that Postgres does not parse", ["--query", "-"], "selct 1"],
  ["a column that is not there", ["--query", "-", "--schema", schema], "select nope from orders"],
  ["a table that is not there", ["--query", "-", "--schema", schema], "select 1 from ordrs"],
])("%s is blocked: 2", (_, args, input) => {
  const { status, stdout } = check(args, { input });
  expect(stdout).toMatch(/^Verdict: block\. .+\n/);
  expect(status).toBe(2);
});

test("what could not be judged is not let through: 2, and the reason on stderr", () => {
  const missing = check(["--query", join(folder, "missing.sql")]);
  expect(missing).toMatchObject({ status: 2, stdout: "" });
  expect(missing.stderr).toContain("missing.sql could not be read: there is no such file.");
  const url = "postgres://nobody@127.0.0.1:1/nothing?sslmode=disable";
  const unreachable = check(["--query", "-"], { input: "select 1", environment: { DATABASE_URL: url } });
  expect(unreachable).toMatchObject({ status: 2, stdout: "" });
  const nothing = check([]);
  expect(nothing).toMatchObject({ status: 2, stdout: "" });
  expect(nothing.stderr).toContain("check needs FILE... (migrations), --query FILE, or --plan FILE");
});

test("a plan can be judged in the place of a statement, and all of it is shown in detail", () => {
  const plan = file(
    "plan.txt",
    `Seq Scan on orders  (cost=0.00..2126.00 rows=1000 width=14) (actual time=0.010..12.000 rows=1000 loops=1)
  Filter: (status = 'pending'::text)
  Rows Removed by Filter: 99000
Execution Time: 12.5 ms`,
  );
  const { status, stdout } = check(["--plan", plan, "--detailed"]);
  expect(stdout).toContain("reads 100,000 rows to keep 1,000");
  expect(status).toBe(1);
});
