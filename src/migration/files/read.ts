import { ToolError } from "../../error.ts";
import { parseStatements, type Statement } from "../../sql/parse.ts";
import { spanOf } from "../../sql/position.ts";
import { joined, onlySql, type PsqlLines, withoutPsql } from "./blank.ts";
import { type Execution, executionOf, knowing } from "./execution.ts";
import { foreignText, whyNotSql } from "./foreign.ts";
import { folderOf, guessRunner } from "./guess.ts";
import { messageEnds } from "./messages.ts";
import type { Runner, Wrapping } from "./runner.ts";
import { type Section, sectionsOf } from "./sections.ts";
import { ofMessages, ofRunner } from "./transactions.ts";

export interface MigrationFile {
  /** As it was given, with its folders; "" for a text without a name. */
  readonly name: string;
  readonly text: string;
}

/** A statement whose places are those of the file's text; its `source` has the file's other sections of this direction as well. */
export interface FileStatement {
  readonly statement: Statement;
  /**
   * Statements of the same number share a transaction: the runner's, or the one that Postgres opens for several statements
   * of one message. Undefined: it runs by itself. The script's own BEGIN and COMMIT do not count.
   */
  readonly transaction: number | undefined;
}

/** One direction of a migration, as it is run. */
export interface Script {
  readonly file: MigrationFile;
  /** As long as the file's text, with blanks for what is no SQL of this script: what is found in it has the file's places. */
  sql(): string;
  readonly statements: readonly FileStatement[];
  readonly wraps: Wrapping;
  /** How it is run and from what that follows, a sentence without a full stop. */
  readonly because: string;
  /** For psql, not run here. */
  readonly cut: readonly PsqlLines[];
}

export interface Migration {
  /** The file's, with the changeset or section where a file has several. */
  readonly name: string;
  /** Undefined: nothing says who runs it. */
  readonly runner: Runner | undefined;
  /** What says so: "its -- +goose comments are goose's". */
  readonly guessed: string;
  readonly up: Script;
  /** What takes it back, where it came with it. */
  readonly down: Script | undefined;
  /** What the runner does with the file that its writer may not expect, and what could not be read: sentences without a full stop. */
  readonly notices: readonly string[];
}

interface ReadOptions {
  /** Who runs the files, where it is known. */
  readonly runner?: Runner | undefined;
  /** Of the runner, "7.3.0"; the newest if it is not known. */
  readonly version?: string | undefined;
  /** Whether the runner puts a transaction around it, where it is known. */
  readonly inTransaction?: boolean | undefined;
}

/** Bytes of UTF-8 of one file: dumps are migrations too. */
const LARGEST = 1_000_000;

/**
 * The migrations of files in the order in which they were given; what belongs to them (down scripts, meta/_journal.json,
 * metadata.toml, V1__a.sql.conf) stands anywhere among the files. Throws `sql_syntax` with the place in the file, or
 * `invalid_argument` for what is no SQL, with the command that gives it.
 */
export async function readMigrations(files: readonly MigrationFile[], options: ReadOptions = {}): Promise<readonly Migration[]> {
  const names = files.map(({ name }) => name);
  const read: Read[] = [];
  const unreadDowns = new Map<string, ToolError>();
  for (const { name, text } of files.filter(isScript)) {
    const file = { name, text: text.replace(/^\uFEFF/, " ") };
    refuseForeign(file);
    const { runner, because } = options.runner === undefined ? guessRunner(file, names) : { runner: options.runner, because: "as given" };
    const sections = sectionsOf(runner, file);
    refuseWithoutUp(sections, file, runner);
    const told = { runner, because, version: options.version, inTransaction: options.inTransaction };
    for (const direction of ["up", "down"] as const) {
      const parts = sections.filter((section) => section.direction === direction);
      const parsed = await parseSections(parts, file, runner).catch((error: unknown) => {
        if (direction === "up" || !(error instanceof ToolError)) throw error;
        unreadDowns.set(pairName(name), error);
        return [];
      });
      for (const [at, { statements, cut }] of parsed.entries()) {
        const section = parts[at];
        if (section) read.push(runOf({ section, file, statements, cut, wanted: executionOf(told, section, file, files), ...told }));
      }
    }
  }
  const downs = new Map(read.filter(({ section }) => section.direction === "down").map((down) => [pairOf(down), down]));
  const ups = read.filter(({ section }) => section.direction === "up");
  for (const [pair, error] of unreadDowns) if (!ups.some(({ script }) => pairName(script.file.name) === pair)) throw error;
  return ups.map((up) => migrationOf(up, { down: downs.get(pairOf(up)), unread: unreadDowns.get(pairName(up.script.file.name)) }, files));
}

interface Read {
  readonly section: Section;
  readonly runner: Runner | undefined;
  readonly guessed: string;
  readonly script: Script;
  readonly notices: readonly string[];
}

const isScript = ({ name }: MigrationFile) =>
  !/(?:^|\/)(?:_journal\.json|[^/]*_snapshot\.json|[^/]*\.toml|[^/]*\.sql\.conf|atlas\.sum)$/.test(name);

function refuseForeign({ name, text }: MigrationFile): void {
  const foreign = foreignText(text, name);
  if (foreign !== undefined) throw new ToolError("invalid_argument", foreign);
}

const ups: Partial<Record<Runner, string>> = { dbmate: "-- migrate:up", goose: "-- +goose Up", "sql-migrate": "-- +migrate Up" };

/** These runners stop at such a file. */
function refuseWithoutUp(sections: readonly Section[], { name }: MigrationFile, runner: Runner | undefined): void {
  const line = runner && ups[runner];
  if (line === undefined || sections.some(({ direction }) => direction === "up")) return;
  throw new ToolError(
    "invalid_argument",
    `${name || "sql"} has no line "${line}" of its own, without which ${runner} runs nothing of it. Add it.`,
  );
}

interface Parsed {
  readonly statements: readonly Statement[];
  readonly cut: readonly PsqlLines[];
}

/** All at once, because a changelog has thousands of changesets. Sections of one direction follow one another. */
async function parseSections(sections: readonly Section[], file: MigrationFile, runner: Runner | undefined): Promise<readonly Parsed[]> {
  const { text, cut } = withoutPsql(onlySql(file.text, joined(sections, file.text)));
  const statements = await parse(text, file, runner);
  let [statement, line] = [0, 0];
  return sections.map(({ stretches }) => {
    const end = stretches.at(-1)?.end ?? 0;
    const [firstStatement, firstLine] = [statement, line];
    while ((statements[statement]?.start ?? end) < end) statement += 1;
    while ((cut[line]?.start ?? end) < end) line += 1;
    return { statements: statements.slice(firstStatement, statement), cut: cut.slice(firstLine, line) };
  });
}

interface Found extends Parsed {
  readonly section: Section;
  readonly file: MigrationFile;
  readonly wanted: Execution;
  readonly runner: Runner | undefined;
  /** What says that it is this runner. */
  readonly because: string;
}

function runOf({ section, file, statements: parsed, cut, wanted, runner, because: guessed }: Found): Read {
  const { execution, notices } = knowing(parsed, wanted, runner);
  const ends = messageEnds(file.text, execution.sends, section);
  const transactions = execution.wraps === "none" ? ofMessages(parsed, ends) : ofRunner(parsed, execution);
  const statements = parsed.map((statement, at) => ({ statement, transaction: transactions[at] }));
  const { wraps, because } = execution;
  const sql = () => withoutPsql(onlySql(file.text, section)).text;
  return {
    section,
    runner,
    guessed,
    script: { file, sql, statements, wraps, because, cut },
    notices: [...section.notices, ...notices, ...torn(parsed, ends ?? [], runner), ...notForThisRunner(cut, file.text, runner)],
  };
}

async function parse(text: string, { name }: MigrationFile, runner: Runner | undefined): Promise<readonly Statement[]> {
  try {
    return await parseStatements(text, { what: name || "sql", bytes: LARGEST });
  } catch (error) {
    if (!(error instanceof ToolError) || error.code !== "sql_syntax") throw error;
    const why = whyNotSql(text, runner);
    throw why === undefined ? error : new ToolError("sql_syntax", `${error.message.split("\n").slice(0, 3).join("\n")}\n${why}`);
  }
}

/** goose and sql-migrate know nothing of bodies: a statement with a semicolon at the end of a line in it is sent in pieces. */
function torn(statements: readonly Statement[], ends: readonly number[], runner: Runner | undefined): readonly string[] {
  if (runner !== "goose" && runner !== "sql-migrate") return [];
  const comment = runner === "goose" ? "-- +goose" : "-- +migrate";
  return statements
    .filter(({ start, end }) => ends.some((at) => start < at && at < end))
    .map(({ source, start, end }) => {
      const { line } = spanOf(source, start, end);
      return `${runner} sends the statement of line ${line} in pieces, cut where a line in it ends with a semicolon: put ${comment} StatementBegin before and ${comment} StatementEnd after it`;
    });
}

function notForThisRunner(cut: readonly PsqlLines[], text: string, runner: Runner | undefined): readonly string[] {
  const [first] = cut.filter(({ what }) => what.startsWith("\\"));
  const included = cut.filter(({ what }) => /^\\(?:i|ir|include|include_relative|gexec)$/.test(what));
  const place = ({ start, end }: PsqlLines) => `line ${spanOf(text, start, end).line}`;
  const unread = included.map((lines) => `${lines.what} in ${place(lines)} runs SQL that is not in this file and was not read`);
  if (!first || runner === "psql" || runner === undefined) return unread;
  return [`${first.what} in ${place(first)} is a command of psql; ${runner} sends it to the server, which refuses it`, ...unread];
}

interface WayBack {
  readonly down: Read | undefined;
  /** Why there is none, though somebody wrote one. */
  readonly unread: ToolError | undefined;
}

function migrationOf(
  { section, runner, guessed, script, notices }: Read,
  { down, unread }: WayBack,
  files: readonly MigrationFile[],
): Migration {
  const { name } = script.file;
  return {
    name: section.label === undefined ? name : `${name} ${section.label}`.trim(),
    runner,
    guessed,
    up: script,
    down: down?.script,
    notices: [
      ...notices,
      ...(down?.notices ?? []),
      ...(unread ? [`its way back cannot be read: ${unread.message.split("\n")[0]}`] : []),
      ...notInJournal(name, runner, files),
    ],
  };
}

/** The same for the two directions of one migration. */
const pairOf = ({ section, script }: Read): string => `${pairName(script.file.name)}\n${section.label ?? ""}`;

/** The same for the two files of one migration. */
function pairName(name: string): string {
  const folder = folderOf(name);
  const file = name.slice(folder.length);
  const flyway = /^[VU](\d[\w.]*?)__/.exec(file)?.[1];
  if (flyway !== undefined) return `${folder}${flyway}`;
  return folder + file.replace(/^(?:up|down|migration)\.sql$/, "").replace(/\.(?:up|down)\.sql$/, "");
}

function notInJournal(name: string, runner: Runner | undefined, files: readonly MigrationFile[]): readonly string[] {
  const journal = runner === "Drizzle" ? files.find((file) => file.name.endsWith("meta/_journal.json")) : undefined;
  const tag = name.slice(folderOf(name).length).replace(/\.sql$/, "");
  if (!journal || journal.text.includes(JSON.stringify(tag))) return [];
  return [`${name} is not in ${journal.name}, so Drizzle does not run it`];
}
