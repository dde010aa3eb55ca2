import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, expect, test } from "vitest";
import { connectionFrom } from "../../src/database/connection-string.ts";
import { openDatabase } from "../../src/database/live-database.ts";
import { asLogged, conceal } from "../../src/redact.ts";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { connectionTo } from "./asking.ts";

const versions = [15, 18] as const;
const folder = mkdtempSync(join(tmpdir(), "redact-"));
afterAll(() => rmSync(folder, { recursive: true }));

const frame = /^ {4}at .*:\d+:\d+\)?$/;
const withoutFrames = (text: string) =>
  text
    .split("\n")
    .filter((line) => !frame.test(line))
    .join("\n");

test.each(versions)("of an error of Postgres %i the log has code, routine and our statement's name, and no cell", async (version) => {
  const { url } = await freshDatabase(version, "create table t (secret text); insert into t values ('CELL-91c2')");
  const database = openDatabase(connectionTo(url));
  const failures = [
    "select /* backend-db-mcp: sizes */ secret::pg_catalog.date from public.t",
    "select secret::pg_catalog.date from public.t",
    "do $$ begin raise exception 'CELL-91c2' using detail = 'CELL-91c2', hint = 'CELL-91c2', table = 'CELL-91c2'; end $$",
  ].map((sql) =>
    database
      .transaction((reads) => reads.read(sql), {})
      .then(
        () => expect.unreachable("it did not fail"),
        (error: unknown) => error,
      ),
  );
  const logged = (await Promise.all(failures)).map(asLogged);
  await database.close();
  expect(logged.join()).not.toContain("CELL");
  expect(logged.map(withoutFrames)).toMatchInlineSnapshot(`
    [
      "Error: Postgres refused a statement of ours (22007).
    DatabaseError (22007, DateTimeParseError, backend-db-mcp: sizes)",
      "Error: Postgres refused a statement of ours (22007).
    DatabaseError (22007, DateTimeParseError)",
      "Error: Postgres refused a statement of ours (P0001).
    DatabaseError (P0001, exec_stmt_raise)",
    ]
  `);
  expect(logged[0]).toContain("src/database/transaction.ts:");
});

test("what could not be parsed or converted is not quoted, and a message cannot pass for a frame", () => {
  const errors = [
    () => JSON.parse("CELL-91c2"),
    () => BigInt("CELL-91c2"),
    () => Object.defineProperty("CELL-91c2", "length", {}),
    () => new Date(Number.NaN).toISOString(),
    () => {
      throw Object.assign(new TypeError("CELL-91c2\n    at CELL-91c2 (file:///x.js:1:1)"), { code: "CELL '91c2'", routine: { CELL: 1 } });
    },
    () => {
      throw "CELL-91c2";
    },
  ];
  const logged = errors.map((run) => {
    try {
      return String(run());
    } catch (error) {
      return asLogged(error);
    }
  });
  expect(logged.join()).not.toContain("CELL");
  expect(logged.map(withoutFrames)).toEqual([
    "SyntaxError",
    "SyntaxError",
    "TypeError",
    "RangeError",
    "TypeError",
    "Something was thrown that is no error, but of type string.",
  ]);
});

test("a password is taken out of what is logged, in each form in which it is written", () => {
  connectionFrom({ DATABASE_URL: "postgres://reader:p%40ss%2fw%22ord@db/shop" });
  connectionFrom({ PGHOST: "db", PGUSER: "reader", PGPASSWORD: "from-the-environment" });
  const said = ['p@ss/w"ord', "p%40ss%2fw%22ord", "p%40ss%2Fw%22ord", 'p@ss/w\\"ord', Buffer.from('p@ss/w"ord').toString("base64")];
  expect(withoutFrames(asLogged(new Error(`tried ${said.join(", ")} and from-the-environment`)))).toBe(
    "Error: tried ***, ***, ***, ***, *** and ***",
  );
  const forget = conceal("a token of yesterday");
  expect(asLogged(new Error("a token of yesterday"))).not.toContain("yesterday");
  forget();
  expect(asLogged(new Error("a token of yesterday"))).toContain("yesterday");
});

test("an error whose causes form a ring is logged once", () => {
  const [outer, inner] = [new Error("outer"), new Error("inner")];
  outer.cause = inner;
  inner.cause = outer;
  expect(withoutFrames(asLogged(outer))).toBe("Error: outer\nError: inner");
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program, with a module of ours loaded before it. */
async function ending(script: string, input = ""): Promise<Ended> {
  const file = join(folder, "before.mjs");
  writeFileSync(file, script);
  const program = new URL("../../dist/index.js", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--import", file, program], {
    env: { DATABASE_URL: "postgres://reader:hunter2secret@db/shop" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const written = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => (written.stdout += data));
  child.stderr.on("data", (data) => (written.stderr += data));
  child.stdin.write(input);
  if (script === "") {
    while (written.stderr === "") await once(child.stderr, "data");
    child.stdin.end();
  }
  const [code] = await once(child, "exit");
  return { code, ...written };
}

test.each([
  ["an exception that nobody caught", "throw error;"],
  ["a promise that nobody waits for", "Promise.reject(error);"],
])("%s ends the program with 1, and its words are not told", async (_, fail) => {
  const { code, stdout, stderr } = await ending(
    `const timer = setInterval(() => {
       // It serves: until then it has read no secret.
       if (process.stdin.listenerCount("data") === 0) return;
       clearInterval(timer);
       const error = Object.assign(new SyntaxError("CELL-91c2"), { code: "22P02", detail: "CELL-91c2", where: "CELL-91c2" });
       error.cause = new Error("as reader:hunter2secret");
       ${fail}
     }, 20);`,
  );
  expect({ code, stdout, stderr: withoutFrames(stderr) }).toEqual({
    code: 1,
    stdout: "",
    stderr: "backend-db-mcp: ended by a fault of its own.\nSyntaxError (22P02)\nError: as reader:***\n",
  });
});

test("a line that is no message of MCP is not repeated", async () => {
  const { code, stderr } = await ending("", '{ CELL-91c2\n{"method":5,"x":"CELL-91c2"}\n');
  expect({ code, stderr: withoutFrames(stderr) }).toEqual({ code: 0, stderr: "ZodError\n" });
});

test("pg's own error is what is left out", () => {
  expect(
    withoutFrames(asLogged(Object.assign(new pg.DatabaseError("CELL-91c2", 0, "error"), { code: "23505", routine: "_bt_check_unique" }))),
  ).toBe("DatabaseError (23505, _bt_check_unique)");
});
