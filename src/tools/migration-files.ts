import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { text } from "node:stream/consumers";
import { ToolError } from "../error.ts";
import type { MigrationText } from "./migration-run.ts";
import { unreadable } from "./unreadable.ts";

type ReadFile = Required<MigrationText> & { readonly file: string };

/** The texts of these files in their order; "-" is stdin, under the name that was told for it. */
export async function readMigrationFiles(paths: readonly string[], stdinPath?: string): Promise<readonly ReadFile[]> {
  const found: ReadFile[] = [];
  for (const path of paths) {
    const file = path === "-" ? (stdinPath ?? path) : path;
    const sql = path === "-" ? await text(process.stdin) : await readFile(path, "utf8").catch(unreadable(path));
    found.push({ file, sql, beside: file === "-" ? [] : await readBeside(file) });
  }
  return found;
}

/** The files that folders, patterns and names stand for, each once: a folder's, and those of folders in it, in the order of their names, numbers by their value. */
export async function migrationsIn(places: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const place of places) found.push(...(await filesIn(place)));
  return [...new Set(found)];
}

const numbered = new Intl.Collator("en", { numeric: true });

/** Diesel writes a time as 2017-08-31-230457, wrote it as 20140924113530 before, and puts both in one order. */
const withoutDashes = (name: string) => name.replaceAll(/(?<![^/])(\d{4})-(\d\d)-(\d\d)-(\d{6})/g, "$1$2$3$4");
const inOrder = (a: string, b: string) => numbered.compare(withoutDashes(a), withoutDashes(b));
const isPattern = (place: string) => /[*?{[]/.test(place);

async function filesIn(place: string): Promise<readonly string[]> {
  const known = place === "-" ? undefined : await stat(place).catch(() => undefined);
  if (known?.isDirectory()) return migrationsOf(place);
  if (known || place === "-" || !isPattern(place)) return [place];
  const { root, pattern } = patternIn(place);
  const names = (await namesIn(root)).filter((name) => isMigration(name) && pattern.test(name));
  if (names.length === 0) throw new ToolError("invalid_argument", `No migration is at ${place}.`);
  return names.map((name) => join(root, name));
}

/** Where to look, and what for. No shell of Windows puts names in the place of a pattern, and its own separator is the backslash. */
export function patternIn(place: string, separator: string = sep): { readonly root: string; readonly pattern: RegExp } {
  const parts = (separator === "\\" ? place.replaceAll("\\", "/") : place).split("/");
  const fixed = parts.findIndex(isPattern);
  const folder = parts.slice(0, fixed).join("/");
  const root = folder === "" ? (parts[0] === "" ? "/" : ".") : folder;
  return { root, pattern: matcher(parts.slice(fixed).join("/")) };
}

/** A wrong folder must not pass for one without faults. */
async function migrationsOf(folder: string): Promise<readonly string[]> {
  const names = (await namesIn(folder)).filter(isMigration);
  if (names.length === 0)
    throw new ToolError("invalid_argument", `No migration is in ${folder}: it and its folders hold no .sql file to judge.`);
  return names.map((name) => join(folder, name));
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(unreadable(folder));
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll("\\", "/"))
    .filter((name) => !/(?:^|\/)(?:node_modules|\.git)\//.test(name))
    .sort(inOrder);
}

/** Ways back in files of their own come with their migrations, and are not migrations. */
const isMigration = (name: string) => name.endsWith(".sql") && !/(?:\.down|(?:^|\/)down|(?:^|\/)U\d[\w.]*__[^/]*)\.sql$/.test(name);

/** `*` and `?` within a name, `**` over folders, `[0-9]`, `{a,b}`. */
function matcher(pattern: string): RegExp {
  const tokens = pattern.matchAll(/\*\*\/|\*\*|\*|\?|\[[^\]/]+\]|\{[^{}]*\}|[^*?[{]+|./g);
  const parts = Array.from(tokens, ([token]) => {
    if (token === "**/") return "(?:.*/)?";
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    if (/^\[.+\]$/.test(token)) return token.replace(/^\[!/, "[^").replaceAll("\\", "\\\\");
    if (/^\{.*\}$/.test(token)) return `(?:${token.slice(1, -1).split(",").map(literally).join("|")})`;
    return literally(token);
  });
  return new RegExp(`^${parts.join("")}$`);
}

const literally = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

/** What of the same folder says how this file is run, or takes it back. */
async function readBeside(path: string): Promise<ReadFile["beside"]> {
  const [folder, name] = [dirname(path), basename(path)];
  const flyway = /^V(\d[\w.]*?)__/.exec(name)?.[1];
  const back = name.endsWith(".up.sql") ? name.replace(/\.up\.sql$/, ".down.sql") : /^(?:up|migration)\.sql$/.test(name) ? "down.sql" : "";
  const there = await readdir(folder).catch((): string[] => []);
  const undo = there.filter(
    (other) => other === back || (flyway !== undefined && other.startsWith(`U${flyway}__`) && other.endsWith(".sql")),
  );
  const about = [`${name}.conf`, "metadata.toml", "atlas.sum"].filter((other) => there.includes(other));
  const names = [...undo, ...about, ...(there.includes("meta") ? ["meta/_journal.json"] : [])];
  const read = names.map(async (other) => {
    const at = join(folder, other);
    const content = await readFile(at, "utf8").catch(() => undefined);
    return content === undefined ? [] : [{ name: at, text: content }];
  });
  return (await Promise.all(read)).flat();
}
