import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const inspector = here("inspector/node_modules/@modelcontextprotocol/inspector/package.json");
const isInstalled = existsSync(inspector);
if (!isInstalled)
  process.stdout.write("The MCP Inspector is not installed (npm ci --prefix tests/inspector --ignore-scripts): its tests are skipped.\n");

/** The Inspector of the MCP project as a client from outside, which asks the built server over stdio. */
async function inspect(...args: readonly string[]) {
  const { bin } = JSON.parse(readFileSync(inspector, "utf8"));
  const program = here(`inspector/node_modules/@modelcontextprotocol/inspector/${bin["mcp-inspector"]}`);
  const server = [process.execPath, here("../dist/index.js")];
  const ran = promisify(execFile)(process.execPath, [program, "--cli", ...server, "--format", "json", "-q", ...args], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return ran.then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }) => ({ code, stdout: String(stdout) }),
  );
}

const eras = ["legacy", "modern"] as const;

/** What the Inspector tells of one skill. */
interface Verified {
  readonly ok: boolean;
  readonly files: readonly { readonly uri: string; readonly status: string }[];
}

test.skipIf(!isInstalled).each(eras)("it verifies every file of the skill, %s", { timeout: 60_000 }, async (era) => {
  const { code, stdout } = await inspect("--method", "skills/list", "--verify", "--protocol-era", era);
  expect(code, stdout).toBe(0);
  const verified: Verified = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  expect(verified.ok).toBe(true);
  const pages = readdirSync(here("../knowledge/backend-db"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `skill://backend-db/${name}`);
  const uris = verified.files.map(({ uri }) => uri);
  expect(uris.filter((uri) => uri.endsWith(".md")).sort()).toEqual(pages.sort());
  expect(verified.files.filter(({ status }) => status !== "verified")).toEqual([]);
  const listed = await inspect("--method", "resources/list", "--protocol-era", era);
  for (const uri of uris) expect(listed.stdout).toContain(JSON.stringify(uri));
});

test.skipIf(!isInstalled).each(eras)("it finds no error in the schemas of the tools, %s", { timeout: 60_000 }, async (era) => {
  const { code, stdout } = await inspect("--method", "tools/list", "--strict", "--protocol-era", era);
  expect(code, stdout.slice(-2000)).toBe(0);
  expect(stdout).toContain('"analyze_query"');
});

test.skipIf(!isInstalled)("it calls a tool, and tells a refusal from an answer", { timeout: 60_000 }, async () => {
  const call = (args: object) =>
    inspect("--method", "tools/call", "--tool-name", "analyze_query", "--tool-args-json", JSON.stringify(args));
  const answered = await call({ sql: "select * from orders where id = null" });
  expect(answered.code).toBe(0);
  expect(answered.stdout).toContain("query/null-equality");
  // https://github.com/modelcontextprotocol/inspector: 5 is a tool's own error.
  expect((await call({ sql: "selec 1" })).code).toBe(5);
});

test.skipIf(!isInstalled).each(eras)("it finds the views of the tools that have one, %s", { timeout: 60_000 }, async (era) => {
  const probe = (tool: string) =>
    inspect("--method", "tools/call", "--tool-name", tool, "--app-info", "--advertise-apps", "--protocol-era", era);
  for (const [tool, view] of [
    ["analyze_query", "plan"],
    ["review_schema", "schema"],
  ] as const) {
    const { code, stdout } = await probe(tool);
    expect(code, stdout).toBe(0);
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
      appInfo: { hasApp: true, resourceUri: `ui://backend-db-mcp/${view}.html`, resourceMimeType: "text/html;profile=mcp-app", csp: {} },
    });
  }
  expect((await probe("search_docs")).stdout).toContain('"hasApp":false');
});
