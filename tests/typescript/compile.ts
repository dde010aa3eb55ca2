import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** TypeScript of a page, which stands alone: it imports what it uses. */
export interface Block {
  readonly page: string;
  /** Of its first line, in the page's file. */
  readonly line: number;
  readonly text: string;
}

const libraries = fileURLToPath(new URL("node_modules", import.meta.url));
const ours = fileURLToPath(new URL("../../tsconfig.json", import.meta.url));
const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

export const isInstalled = existsSync(libraries);

/** A project of its own that finds the libraries of the pages, for as long as the work lasts. */
export async function inProject<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "pages-"));
  try {
    await symlink(libraries, join(folder, "node_modules"), "dir");
    await mkdir(join(folder, "src"));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ extends: ours, include: ["src"] }));
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * What tsc says of the blocks, all in one program under the compiler options of this repository:
 * "page:line: TS2304: Cannot find name 'x'.".
 */
export async function errorsIn(folder: string, blocks: readonly Block[]): Promise<readonly string[]> {
  for (const [index, { text }] of blocks.entries()) await writeFile(join(folder, "src", `${index}.ts`), asModule(text));
  return (await printedIn(folder)).split("\n").flatMap((line) => inItsPage(line, blocks));
}

/** On its last line, so that no line moves: without it the names of a block that imports nothing would be global. */
const asModule = (text: string) => `${text}\nexport {};\n`;

/** tsc's exit code says no more than its lines do; without one of them, something else went wrong. */
function printedIn(folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [tsc, "-p", folder, "--pretty", "false"], { cwd: folder }, (error, stdout, stderr) => {
      if (error && !stdout.includes("error TS")) reject(new Error(stderr || stdout, { cause: error }));
      else resolve(stdout);
    });
  });
}

/** An error outside of every block keeps its own words; the lines below an error explain it and are left out. */
function inItsPage(printed: string, blocks: readonly Block[]): readonly string[] {
  const [, index, line, message] = printed.match(/^src\/(\d+)\.ts\((\d+),\d+\): error (TS.+)$/) ?? [];
  const block = blocks[Number(index)];
  if (block === undefined) return printed.includes("error TS") ? [printed] : [];
  return [`${block.page}:${block.line + Number(line) - 1}: ${message}`];
}
