import { execFile } from "node:child_process";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ToolError } from "../error.ts";

const run = promisify(execFile);

/** Where nobody names one: the branch that a clone checks out, and what that is mostly called. */
const USUAL = ["origin/HEAD", "origin/main", "origin/master", "main", "master"];

export interface Changes {
  /** The ref that was compared with. */
  readonly base: string;
  has(path: string): Promise<boolean>;
}

/** What is not the same as where this branch left `base`: committed, only in the working tree, or new and not yet added. Throws `invalid_argument`. */
export async function changesSince(base: string): Promise<Changes> {
  const root = (await git(["rev-parse", "--show-toplevel"], "--changed asks git, and this folder is in no repository of git")).trim();
  const { ref, fork } = await forkFrom(base === "" ? USUAL : [base]);
  const told = await git(["-C", root, "diff", "--name-only", "--no-renames", "-z", fork, "--"], `${ref} could not be compared with`);
  const untracked = await git(["-C", root, "ls-files", "--others", "--exclude-standard", "-z"], "new files could not be listed");
  const changed = new Set([...told.split("\0"), ...untracked.split("\0")].filter(Boolean).map((name) => join(root, name)));
  return { base: ref, has: async (path) => changed.has(await realpath(path).catch(() => path)) };
}

async function forkFrom(refs: readonly string[]): Promise<{ readonly ref: string; readonly fork: string }> {
  for (const ref of refs) {
    if (ref.startsWith("-")) continue;
    const { stdout } = await run("git", ["merge-base", ref, "HEAD"]).catch(() => ({ stdout: "" }));
    if (stdout !== "") return { ref, fork: stdout.trim() };
  }
  throw new ToolError(
    "invalid_argument",
    `git knows no commit that HEAD and ${refs.join(" or ")} share. Name the branch that this one goes into (--changed=origin/main), and fetch its history (fetch-depth: 0 in actions/checkout).`,
  );
}

async function git(args: readonly string[], otherwise: string): Promise<string> {
  try {
    return (await run("git", [...args], { maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch {
    throw new ToolError("invalid_argument", `${otherwise}.`);
  }
}
