import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { readConfig } from "../src/config.ts";
import { serveHttp } from "../src/http/serve.ts";
import { openServices } from "../src/runtime.ts";
import { buildServer } from "../src/server.ts";
import { withFixtures } from "./conformance/fixtures.ts";
import { serveSessions } from "./conformance/sessions.ts";

const modules = new URL("conformance/node_modules/", import.meta.url).pathname;
const node = join(modules, "node22/bin/node");
const suite = join(modules, "@modelcontextprotocol/conformance/dist/index.js");
const isHere = existsSync(node) && existsSync(suite);
if (!isHere) process.stderr.write("The conformance suite is skipped: npm ci --prefix tests/conformance --ignore-scripts\n");

const folder = mkdtempSync(join(tmpdir(), "conformance-"));
afterAll(() => rmSync(folder, { recursive: true }));

function ours() {
  const config = readConfig(["--http", "0"], {});
  if ("mistake" in config || !config.http) throw new Error("these arguments do not serve HTTP");
  const services = openServices(config);
  const { http } = config;
  return { config, services, http, build: () => withFixtures(buildServer(config, services), services.prompts) };
}

/** Our own HTTP. */
async function served(fixtures: boolean): Promise<string> {
  const { config, services, http, build } = ours();
  const serving = await serveHttp(http, fixtures ? build : () => buildServer(config, services));
  onTestFinished(() => serving.close(() => services.close()));
  return serving.url;
}

interface Result {
  readonly failed: readonly string[];
  readonly passed: readonly string[];
  readonly code: number;
}

/** Runs the scenarios that a revision requires; those it does not score are left out of both lists. */
async function run(url: string, revision: string, more: readonly string[] = []): Promise<Result> {
  const args = [suite, "server", "--url", url, "--requirements", revision, "--output-dir", folder, ...more];
  const { stdout, code } = await promisify(execFile)(node, args, { cwd: folder, maxBuffer: 1e8 }).then(
    (done) => ({ ...done, code: 0 }),
    (error) => ({ stdout: String(error.stdout), code: Number(error.code) }),
  );
  const [scored = "", unscored = ""] = stdout.slice(stdout.indexOf("=== SUMMARY ===")).split("Not scored for");
  const out = new Set(Array.from(unscored.matchAll(/[✓✗] (\S+) \(/g), ([, name]) => name));
  const named = (mark: string) =>
    Array.from(scored.matchAll(new RegExp(`^${mark} ([^\\s:]+):`, "gm")), ([, name = ""]) => name).filter((name) => !out.has(name));
  return { failed: named("✗"), passed: named("✓"), code };
}

const LONG = 120_000;

test.runIf(isHere).each([
  ["2025-11-25", 30],
  ["2026-07-28", 37],
])("every scenario that revision %s scores passes over our own HTTP", { timeout: LONG }, async (revision, least) => {
  const { failed, passed, code } = await run(await served(true), revision);
  expect(failed).toEqual([]);
  expect(passed.length).toBeGreaterThanOrEqual(least);
  expect(code).toBe(0);
});

test.runIf(isHere)(
  "so does every one of 2025-11-25 where a session brings the answers of a client that is asked back",
  { timeout: LONG },
  async () => {
    const { services, build } = ours();
    const serving = await serveSessions(build);
    onTestFinished(async () => {
      serving.close();
      await services.close();
    });
    const { failed, passed, code } = await run(serving.url, "2025-11-25");
    expect(failed).toEqual([]);
    expect(passed).toEqual(expect.arrayContaining(["tools-call-sampling", "tools-call-elicitation", "elicitation-sep1330-enums"]));
    expect(code).toBe(0);
  },
);

/** Of those that call nothing by a name. */
const generic = {
  "2025-11-25": [
    "server-initialize",
    "ping",
    "tools-list",
    "resources-list",
    "prompts-list",
    "server-sse-multiple-streams",
    "dns-rebinding-protection",
  ],
  "2026-07-28": ["tools-list", "resources-list", "sep-2164-resource-not-found", "prompts-list", "dns-rebinding-protection", "caching"],
};

test.runIf(isHere).each(Object.entries(generic))(
  "the server as it is passes what needs no fixture: %s",
  { timeout: LONG },
  async (revision, names) => {
    const { passed } = await run(await served(false), revision);
    expect(passed).toEqual(expect.arrayContaining(names));
  },
);
