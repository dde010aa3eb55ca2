import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { type Connection, connectionFrom, describe } from "../../src/database/connection-string.ts";
import { openDatabase } from "../../src/database/live-database.ts";
import { wordsOf } from "../../src/database/password-command.ts";
import { ToolError } from "../../src/error.ts";
import { cluster } from "../postgres/fresh-database.ts";
import { spawnServer } from "../tools/client.ts";
import { changed } from "./asking.ts";
import { asSuperuser, eventually } from "./sessions.ts";

const versions = [15, 18] as const;
const folder = mkdtempSync(join(tmpdir(), "password-command-"));
afterAll(() => rmSync(folder, { recursive: true }));

let programs = 0;

/** A program that counts its runs and then does what `body` says; `token` is the file that it reads. */
function program(body: string) {
  programs += 1;
  const path = join(folder, `get token ${programs}.mjs`);
  const [token, runs] = [`${path}.token`, `${path}.runs`];
  writeFileSync(token, "");
  writeFileSync(runs, "");
  writeFileSync(
    path,
    `import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
     const token = ${JSON.stringify(token)};
     appendFileSync(${JSON.stringify(runs)}, String(process.pid) + "\\n");
     ${body}`,
  );
  return {
    command: `${process.execPath} '${path}' --for reader`,
    print: (text: string) => writeFileSync(token, text),
    pids: () => readFileSync(runs, "utf8").split("\n").filter(Boolean).map(Number),
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const printing = () => program(`console.log(readFileSync(token, "utf8"))`);

let roles = 0;

/** A role that logs in with what the command prints. */
async function reader(version: 15 | 18, password: string) {
  roles += 1;
  const user = `token_${process.pid}_${roles}`;
  const change = (to: string) => asSuperuser(cluster(version).url(), (client) => client.query(`alter role ${user} password '${to}'`));
  await asSuperuser(cluster(version).url(), (client) => client.query(`create role ${user} login`));
  await change(password);
  return { url: changed(cluster(version).url(), { user, password: "" }), user, change };
}

function connectionWith(command: string, url = "postgres://reader@localhost/shop"): Connection {
  const connection = connectionFrom({ DATABASE_URL: url, DATABASE_PASSWORD_COMMAND: command });
  return connection ?? expect.unreachable("nothing is configured");
}

function opened(connection: Connection) {
  const database = openDatabase(connection);
  onTestFinished(() => database.close());
  return database;
}

const ask = (connection: Connection, options = {}) => opened(connection).transaction((reads) => reads.read("select 1 as one"), options);

/** What the caller is told, after all of it was searched for what the program printed. */
async function refusal(run: () => Promise<unknown>): Promise<string> {
  const error = await run().then(
    () => expect.unreachable("it was not refused"),
    (error: unknown) => error,
  );
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain("hunter2");
  if (!(error instanceof ToolError)) throw error;
  return `${error.code}: ${error.message}`.replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:5432").replaceAll(/token_\d+_\d+/g, "reader");
}

test.each(versions)("each connection to Postgres %i logs in with what the command prints then", async (version) => {
  const { url, change } = await reader(version, "first hunter2");
  const { command, print, pids } = printing();
  print("first hunter2\n");
  const connection = connectionWith(command, url);
  const database = opened(connection);
  for (const _ of [1, 2]) expect(await database.transaction((reads) => reads.read("select 1 as one"), {})).toEqual([{ one: 1 }]);
  expect(pids()).toHaveLength(1);
  await change("second hunter2");
  print("second hunter2\n");
  expect(await ask(connection)).toEqual([{ one: 1 }]);
  expect(pids()).toHaveLength(2);
  expect(inspect(connection, { depth: 9, showHidden: true }) + JSON.stringify(connection)).not.toContain("hunter2");
});

test.each(versions)("a token that Postgres %i no longer takes is fetched once more", async (version) => {
  const { url } = await reader(version, "fresh hunter2");
  const cached = program(
    `console.log(readFileSync(token, "utf8"));
     writeFileSync(token, "fresh hunter2");`,
  );
  cached.print("expired hunter2");
  expect(await ask(connectionWith(cached.command, url))).toEqual([{ one: 1 }]);
  expect(cached.pids()).toHaveLength(2);
});

test.each(versions)("a command whose tokens Postgres %i never takes is run twice, not more", async (version) => {
  const { url } = await reader(version, "fresh");
  const { command, print, pids } = printing();
  print("expired hunter2");
  expect(await refusal(() => ask(connectionWith(command, url)))).toMatchInlineSnapshot(
    `"connection_failed: Login refused for user "reader" at 127.0.0.1:5432 (28P01): what DATABASE_PASSWORD_COMMAND printed was not accepted, and neither was what it printed a second time. Check that it prints a token for this user, host and port, and that the user may log in with one."`,
  );
  expect(pids()).toHaveLength(2);
});

test("a server that does not ask for the password does not have the command run again", async () => {
  const { command, print, pids } = printing();
  print("hunter2");
  expect(await refusal(() => ask(connectionWith(command, `postgres://postgres@127.0.0.1:1/shop`)))).toContain("Nothing listens");
  expect(pids()).toHaveLength(1);
});

test("a command that fails is named with how it ended, and nothing that it printed is", async () => {
  const sentences = [];
  for (const command of [
    "/nowhere/get-token --password hunter2",
    folder,
    program(`console.error("hunter2"); console.log("hunter2"); process.exitCode = 3;`).command,
    program(`console.log("hunter2"); process.kill(process.pid, "SIGKILL");`).command,
    program("console.log();").command,
    program(`console.log('{\\n  "accessToken": "hunter2"\\n}');`).command,
    program(`console.log("hunter2".repeat(10_000));`).command,
  ])
    sentences.push((await refusal(() => ask(connectionWith(command)))).replace(/password-command-\w+/, "folder"));
  expect(sentences).toMatchInlineSnapshot(`
    [
      "connection_failed: DATABASE_PASSWORD_COMMAND: get-token was not found. Write its full path, or add its folder to PATH.",
      "connection_failed: DATABASE_PASSWORD_COMMAND: folder may not be run by this user. Make it executable.",
      "connection_failed: DATABASE_PASSWORD_COMMAND: node ended with exit code 3, so there is no password. Run it by hand to see why; what it printed is not repeated here.",
      "connection_failed: DATABASE_PASSWORD_COMMAND: node ended by SIGKILL, so there is no password. Run it by hand to see why; what it printed is not repeated here.",
      "connection_failed: DATABASE_PASSWORD_COMMAND: node printed nothing. It must print the password alone, on one line.",
      "connection_failed: DATABASE_PASSWORD_COMMAND: node printed more than one line. It must print the password alone, on one line.",
      "connection_failed: DATABASE_PASSWORD_COMMAND: node printed more than 64 kB, and a password was expected.",
    ]
  `);
});

test("a caller who goes away takes the command along", async () => {
  const { command, pids } = program("setTimeout(() => {}, 60_000);");
  const gone = new AbortController();
  const refused = refusal(() => ask(connectionWith(command), { signal: gone.signal }));
  await eventually(async () => pids().length === 1);
  gone.abort();
  expect(await refused).toBe("cancelled: The question was cancelled before it was answered.");
  await eventually(async () => pids().every((pid) => !isAlive(pid)));
});

test.skipIf(!process.env.LONG)("a command that does not end is stopped after 10 s", async () => {
  const { command } = program(`console.log("hunter2"); setTimeout(() => {}, 60_000);`);
  expect(await refusal(() => ask(connectionWith(command)))).toMatchInlineSnapshot(
    `"connection_failed: DATABASE_PASSWORD_COMMAND: node did not end within 10 s and was stopped. Run it by hand: it may wait for a login or for the network."`,
  );
});

test("the token is in no argument of a process and in nothing that the program writes", async () => {
  const { url } = await reader(18, "spawned-hunter2");
  const { command, print, pids } = printing();
  print("spawned-hunter2");
  const client = await spawnServer({ environment: { DATABASE_URL: url, DATABASE_PASSWORD_COMMAND: command } });
  const answer = await client.callTool({ name: "inspect_schema", arguments: {} });
  expect(answer.isError ?? false).toBe(false);
  expect(pids()).toHaveLength(1);
  expect(JSON.stringify(answer)).not.toContain("hunter2");
  expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain("spawned-hunter2");
});

test("a password in the connection string and a command are one too many", () => {
  const environment = { DATABASE_PASSWORD_COMMAND: "get-token" };
  expect(() => connectionFrom({ DATABASE_URL: "postgres://reader:hunter2@db/shop", ...environment })).toThrowErrorMatchingInlineSnapshot(
    `[ToolError: The connection string holds a password, and DATABASE_PASSWORD_COMMAND is set as well. Take one of them away: nobody could tell which was used.]`,
  );
  expect(() => connectionFrom({ DATABASE_URL: "postgres://reader@db/shop?password=hunter2", ...environment })).toThrow(ToolError);
  const connection = connectionFrom({ PGHOST: "db", PGUSER: "reader", PGPASSWORD: "hunter2", ...environment });
  expect(connection && describe(connection)).toBe("db:5432/reader as reader");
  expect([connection?.password(), connection?.passwordCommand?.variable]).toEqual([undefined, "DATABASE_PASSWORD_COMMAND"]);
});

test.each([
  ["get-token", ["get-token"]],
  ["  get-token  --host db  ", ["get-token", "--host", "db"]],
  ["get-token '' \"\"", ["get-token", "", ""]],
  [`get-token 'a b' "c d" e\\ f`, ["get-token", "a b", "c d", "e f"]],
  [`get-token --name="a b"'c d'`, ["get-token", "--name=a bc d"]],
  [`get-token 'back\\slash $HOME' "\\"\\\\\\$ \\n"`, ["get-token", "back\\slash $HOME", '"\\$ \\n']],
  ["get-token\n  --region eu-west-3", ["get-token", "--region", "eu-west-3"]],
  ["get-token * ~ #x (y)", ["get-token", "*", "~", "#x", "(y)"]],
  [`["C:\\\\Program Files\\\\get-token.exe", "it's", ""]`, ["C:\\Program Files\\get-token.exe", "it's", ""]],
])("%j is read as words", (written, words) => {
  expect(wordsOf(written, "DATABASE_PASSWORD_COMMAND")).toEqual(words);
});

test("what only a shell understands is refused, not passed on", () => {
  const refused = [
    "get-token | tr -d x",
    "get-token; rm x",
    "get-token && true",
    "get-token > /dev/null",
    "get-token $HOME",
    'get-token "$HOME"',
    "get-token `id`",
    "get-token 'hunter2",
    'get-token "hunter2',
    "get-token \\",
    '["get-token", 1]',
    "[]",
    '[""]',
    "[get-token]",
    "''",
  ].map((written) => {
    try {
      return wordsOf(written, "X").join(" ");
    } catch (error) {
      return error instanceof ToolError ? error.message.split(". ")[0] : error;
    }
  });
  expect(refused).toMatchInlineSnapshot(`
    [
      "X has | outside quotes, and no shell runs it",
      "X has ; outside quotes, and no shell runs it",
      "X has & outside quotes, and no shell runs it",
      "X has > outside quotes, and no shell runs it",
      "X has $ outside quotes, and no shell runs it",
      "X has a " that is not closed, or a $ or \` between two of them",
      "X has \` outside quotes, and no shell runs it",
      "X has a ' that is not closed",
      "X has a " that is not closed, or a $ or \` between two of them",
      "X ends with a backslash",
      "X starts with [ and is no JSON array of strings, such as ["/usr/bin/get-token", "shop"]",
      "X starts with [ and is no JSON array of strings, such as ["/usr/bin/get-token", "shop"]",
      "X starts with [ and is no JSON array of strings, such as ["/usr/bin/get-token", "shop"]",
      "X starts with [ and is no JSON array of strings, such as ["/usr/bin/get-token", "shop"]",
      "X names no program",
    ]
  `);
});
