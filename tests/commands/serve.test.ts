import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const program = new URL("../../dist/index.js", import.meta.url).pathname;
const run = (...args: string[]) => spawnSync(process.execPath, [program, ...args], { encoding: "utf8", env: {} });

test("--version and --help answer without a database", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(run("--version").stdout).toBe(`${version}\n`);
  expect(run("--help").stdout).toContain("DATABASE_URL");
});

test("an argument that does not exist is named on stderr, with what there is", () => {
  const { status, stdout, stderr } = run("--databse", "x");
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain("unknown argument --databse");
});

test("whoever starts it in a terminal is told what it waits for", () => {
  const terminal = "data:text/javascript,Object.defineProperty(process.stdin, 'isTTY', { value: true })";
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", terminal, program], { encoding: "utf8", env: {}, input: "" });
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  expect(stderr).toBe(
    "backend-db-mcp: waiting for an MCP client on standard input. A client starts this itself: --help tells what else there is.\n",
  );
});

test("a snapshot that is not there is told at once", () => {
  const { stderr } = spawnSync(process.execPath, [program, "--snapshot", "missing.json"], { encoding: "utf8", env: {}, input: "" });
  expect(stderr).toBe("backend-db-mcp: serving from the snapshot missing.json; there is no such file, and every call will say so.\n");
});

test.each(["stdin", "SIGTERM", "SIGINT"] as const)("the program ends with 0 on %s", async (end) => {
  const child = spawn(process.execPath, [program], { env: {}, stdio: ["pipe", "pipe", "pipe"] });
  const initialize = {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
  };
  child.stdin.write(`${JSON.stringify(initialize)}\n`);
  const [first] = await once(child.stdout, "data");
  expect(JSON.parse(String(first))).toMatchObject({ id: 1, result: { serverInfo: { name: "backend-db-mcp" } } });
  if (end === "stdin") child.stdin.end();
  else child.kill(end);
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("nothing but MCP is written to stdout, and nothing to stderr on a good day", async () => {
  const child = spawn(process.execPath, [program], { env: {}, stdio: ["pipe", "pipe", "pipe"] });
  const written = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => (written.stdout += data));
  child.stderr.on("data", (data) => (written.stderr += data));
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  send({
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
  });
  send({ method: "notifications/initialized" });
  const schema = { schema_sql: "create table orders (id int primary key)", row_counts: { orders: 100 } };
  send({ id: 2, method: "tools/call", params: { name: "analyze_query", arguments: { sql: "select 1 from orders", ...schema } } });
  while (!written.stdout.includes('"id":2')) await once(child.stdout, "data");
  child.stdin.end();
  await once(child, "exit");
  expect(
    written.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).id),
  ).toEqual([1, 2]);
  expect(written.stderr).toBe("");
});
