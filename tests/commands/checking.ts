import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

const program = new URL("../../dist/index.js", import.meta.url).pathname;

interface Finding {
  readonly rule: string;
  readonly severity: string;
  readonly object?: string;
}

interface File {
  readonly file: string;
  readonly verdict: string;
  readonly summary: string;
  readonly findings: readonly Finding[];
  readonly suppressed?: { readonly findings: readonly object[]; readonly comments_without_effect: readonly object[] };
  readonly statements: readonly { readonly refused?: { readonly code: string }; readonly locks?: readonly object[] }[];
  readonly rollback: { readonly sql: string; readonly identical: boolean; readonly refused?: string };
  readonly basis: { readonly source: string };
  readonly limits: readonly string[];
}

/** A folder of files in which the built program is asked; it goes with the test file. */
export function folderOf(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "check-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  const check = (args: readonly string[], { input = "", environment = {}, at = "." } = {}) => {
    const cwd = join(folder, at);
    const run = spawnSync(process.execPath, [program, "check", ...args], { input, cwd, env: environment, encoding: "utf8" });
    return { status: run.status, stdout: run.stdout, stderr: run.stderr };
  };
  const filesOf = (args: readonly string[], more: Parameters<typeof check>[1] = {}): readonly File[] => {
    const { stdout, stderr } = check([...args, "--format", "json"], more);
    if (stdout === "") throw new Error(stderr);
    return JSON.parse(stdout).files;
  };
  return { folder, write, check, filesOf };
}

export const rulesOf = ({ findings }: Pick<File, "findings">) => findings.map(({ rule }) => rule);
