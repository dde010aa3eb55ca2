import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { expect, onTestFinished, test } from "vitest";
import { ToolError } from "../../src/error.ts";
import { initialize, send, serveHere, spawnHttp, tokenFile } from "./serving.ts";

const program = new URL("../../dist/index.js", import.meta.url).pathname;
const addresses = Object.values(networkInterfaces()).flat();
const addressHere = addresses.find((one) => one?.family === "IPv4" && !one.internal)?.address ?? "0.0.0.0";

/** What is said where nothing is served. */
const refused = async (...args: string[]) => {
  const error: unknown = await serveHere({}, args).catch((error: unknown) => error);
  return error instanceof ToolError ? error.message : "it was served";
};

test("the program ends with 2 and the reason on stderr where it cannot serve", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "--http", "0.0.0.0:0"], { encoding: "utf8", env: {} });
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatchInlineSnapshot(`
    "backend-db-mcp: --http 0.0.0.0 is open to other machines, so clients must show a token: add --auth-token-file, or serve on 127.0.0.1.
    "
  `);
});

test("another address than this machine's own is served with a token or not at all", async () => {
  for (const place of ["0.0.0.0:0", "[::]:0", `${addressHere}:0`])
    expect(await refused("--http", place)).toContain("add --auth-token-file");
  expect(await refused("--http", "localhost:0")).toBe("it was served");
});

test.each([
  ["an empty token", ""],
  ["a short token", "secret-secret"],
  ["a token that no header can hold", "é".repeat(40)],
  ["two tokens", `${"a".repeat(40)}\n${"b".repeat(40)}\n`],
])("%s is refused, and not repeated", async (_, content) => {
  const said = await refused("--http", "0", "--auth-token-file", tokenFile(content));
  expect(said).toMatch(/must hold one token of at least 32 characters/);
  if (content !== "") expect(said).not.toContain(content.trim());
});

test("what cannot be served is named", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void taken.close());
  await new Promise((resolve) => taken.once("listening", resolve));
  const address = taken.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  expect([
    (await refused("--http", String(port))).replace(String(port), "3100"),
    await refused("--http", "no-such-name.invalid:0"),
    await refused("--http", "0", "--auth-token-file", "/nowhere/token"),
    await refused("--http", "0", "--allowed-host", "https://db.example"),
    await refused("--http", "0", "--allowed-host", "db.example:443"),
    await refused("--http", "0", "--allowed-origin", "app.example"),
  ]).toMatchInlineSnapshot(`
    [
      "--http cannot listen on 127.0.0.1:3100: another program listens there.",
      "--http names no-such-name.invalid, which has no address.",
      "--auth-token-file names /nowhere/token, which cannot be read.",
      "--allowed-host takes a name without a port, such as db.example.com, not https://db.example.",
      "--allowed-host takes a name without a port, such as db.example.com, not db.example:443.",
      "--allowed-origin takes an origin such as https://app.example.com, not app.example.",
    ]
  `);
});

test("with a token every address is served, to those who call the server by a name that was allowed", async () => {
  const token = "t".repeat(32);
  const url = await serveHere({}, ["--http", "0.0.0.0:0", "--auth-token-file", tokenFile(`${token}\n`), "--allowed-host", "db.example"]);
  const there = url.replace("0.0.0.0", addressHere);
  const authorization = `Bearer ${token}`;
  const asked = async (headers: Record<string, string>) => (await send(there, { body: initialize, headers })).status;
  expect(await asked({ host: "db.example", authorization })).toBe(200);
  expect(await asked({ host: "db.example" })).toBe(401);
  expect(await asked({ host: "0.0.0.0", authorization })).toBe(403);
});

test("the one line at the start says where, and stdout stays empty", async () => {
  const { url, written } = await spawnHttp();
  expect(written.stderr).toBe(`backend-db-mcp: serving MCP at ${url}.\n`);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
  expect(written.stdout).toBe("");
});
