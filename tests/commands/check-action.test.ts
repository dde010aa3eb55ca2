import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import matter from "gray-matter";
import { expect, test } from "vitest";
import { folderOf } from "./checking.ts";

const root = new URL("../../", import.meta.url);
const program = new URL("dist/index.js", root).pathname;
const yaml = (name: string): unknown => matter(`---\n${readFileSync(new URL(name, root), "utf8")}\n---\n`).data;

const { folder, write, check } = folderOf({
  "bin/npx": `#!/bin/sh\n[ "$1 $2" = "--yes backend-db-mcp" ] || exit 9\nshift 2\nexec "${process.execPath}" "${program}" "$@"\n`,
  "repository/my migrations/1.sql": "create table orders (id bigint primary key);\n",
});
chmodSync(join(folder, "bin/npx"), 0o755);
const cwd = join(folder, "repository");
const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd, stdio: "pipe" });
git("init", "-b", "main");
git("add", ".");
git("commit", "-m", "first");
git("update-ref", "refs/remotes/origin/main", "HEAD");
write("repository/my migrations/2.sql", "drop table orders;\n");

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly { readonly id: string; readonly run: string; readonly env: object }[] };
}

function act(action: Action, inputs: Readonly<Record<string, string>>) {
  const [step] = action.runs.steps;
  const values = { ...Object.fromEntries(Object.entries(action.inputs).map(([name, input]) => [name, input.default])), ...inputs };
  const filled = (text: string) => {
    if (text === "$" + "{{ github.base_ref }}") return "main";
    const name = /^\$\{\{ inputs\.(\w+) \}\}$/.exec(text)?.[1] ?? "";
    return values[name] ?? "";
  };
  const env = Object.fromEntries(Object.entries(step?.env ?? {}).map(([name, text]) => [name, filled(text)]));
  const places = { RUNNER_TEMP: folder, GITHUB_OUTPUT: join(folder, "output"), GITHUB_STEP_SUMMARY: join(folder, "summary") };
  write("output", "");
  write("summary", "");
  const run = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step?.run ?? ""], {
    cwd,
    encoding: "utf8",
    env: { ...env, ...places, GITHUB_WORKSPACE: cwd, PATH: `${join(folder, "bin")}:${process.env.PATH}` },
  });
  return { ...run, output: readFileSync(places.GITHUB_OUTPUT, "utf8"), summary: readFileSync(places.GITHUB_STEP_SUMMARY, "utf8") };
}

test("the action judges what a pull request changes, annotates it, and writes a summary", () => {
  const action = yaml("action.yml") as Action;
  expect(action.runs.using).toBe("composite");
  const { status, stdout, stderr, output, summary } = act(action, { migrations: "my migrations", args: "--detailed\n\n" });
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^::error file=my migrations\/2\.sql,line=1,col=1,title=migration\/drop-table::/);
  expect(status).toBe(1);
  expect(output).toBe(`code=1\nmarkdown=${folder}/migrations.md\nsarif=${folder}/migrations.sarif\n`);
  expect(summary).toMatch(/^### `my migrations\/2\.sql`\n\n\*\*Verdict: block\.\*\*/);
  const [{ results }] = JSON.parse(readFileSync(join(folder, "migrations.sarif"), "utf8")).runs;
  expect(results[0].locations[0].physicalLocation.artifactLocation.uri).toBe("my%20migrations/2.sql");
});

test("the action fails with 2 and no report where nothing could be judged", () => {
  const { status, stderr, output, summary } = act(yaml("action.yml") as Action, { migrations: "nowhere" });
  expect([status, output, summary]).toEqual([2, "code=2\n", ""]);
  expect(stderr).toContain("nowhere could not be read: there is no such file.");
});

test("the hook of pre-commit judges what is not committed", () => {
  const [hook] = Object.values(yaml(".pre-commit-hooks.yaml") as object) as { entry: string; args: string[]; language: string }[];
  expect(hook).toMatchObject({ language: "node", args: ["migrations"] });
  const [command, subcommand, ...args] = hook?.entry.split(" ") ?? [];
  expect([command, subcommand]).toEqual(["backend-db-mcp", "check"]);
  const { status, stdout } = check([...args, "my migrations"], { at: "repository", environment: { PATH: process.env.PATH ?? "" } });
  expect(stdout).toMatch(/^my migrations\/2\.sql\nBasis: from schema_sql/);
  expect(status).toBe(1);
});

const readme = readFileSync(new URL("README.md", root), "utf8");

test("the README's line for GitLab writes a report of code quality", () => {
  const [, fence = ""] = /On GitLab:\n\n```yaml\n([\s\S]*?)```/.exec(readme) ?? [];
  const { migrations } = matter(`---\n${fence}---\n`).data as { migrations: { script: string; artifacts: { reports: object } } };
  const [, args = ""] = /^npx --yes backend-db-mcp check (.+)$/.exec(migrations.script) ?? [];
  expect(migrations.artifacts.reports).toEqual({ codequality: "quality.json" });
  const environment = { PATH: process.env.PATH ?? "" };
  const words = args
    .replace("$CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")
    .replace(/ migrations$/, "")
    .split(" ");
  expect(check([...words, "my migrations"], { at: "repository", environment })).toMatchObject({ status: 1 });
  expect(JSON.parse(readFileSync(join(cwd, "quality.json"), "utf8"))).toMatchObject([{ check_name: "migration/drop-table" }]);
});

test("the README's backend-db-mcp.json is one", () => {
  const [, fence = ""] = /```json\n(\{\n {2}"\$schema"[\s\S]*?)```/.exec(readme) ?? [];
  write("readme.json", fence);
  const { stderr } = check(["nowhere.sql", "--config", "../readme.json"], { at: "repository" });
  expect(stderr).toContain("migrations/2025 could not be read: there is no such file.");
});
