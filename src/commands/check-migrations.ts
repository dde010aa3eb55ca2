import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Config } from "../config.ts";
import { ToolError } from "../error.ts";
import { openServices } from "../server.ts";
import { pasteable } from "../tools/clean.ts";
import { type MigrationAnswer, verdictOf } from "../tools/migration-answer.ts";
import migrationChecklist from "../tools/migration-checklist.ts";
import { upOf } from "../tools/migration-input.ts";
import { type Judged, rendered } from "./migration-report.ts";
import { unreadable } from "./unreadable.ts";

const codes = { ok: 0, review: 0, block: 1 } as const;
const NOT_JUDGED = 2;

interface File {
  readonly path: string;
  readonly sql: string;
}

/** Judges migrations as migration_checklist does, each after those before it, prints a report on stdout and ends with the code of the gravest verdict. */
export async function checkMigrations(config: Config): Promise<void> {
  const services = openServices({ ...config, access: { level: "catalog", trusted: [], analyzeAsSuperuser: false } });
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  try {
    const { files, history, schema, baseline, writesBaseline, format, detailed } = config.checked;
    const judged: Judged[] = [];
    const migrations = await readFiles(files);
    let before = await schemaBefore(schema, history);
    if (before === undefined && services.hasDatabase && migrations.length > 1) {
      throw new ToolError(
        "invalid_argument",
        "With a database one migration is judged at a time. Pass one file, or the schema that they start from with --schema or --history.",
      );
    }
    const known = baseline === undefined || writesBaseline ? [] : await readBaseline(baseline);
    for (const { path, sql } of migrations) {
      const input = migrationChecklist.input.parse({
        ...{ sql, file: path, schema_sql: before },
        response_format: detailed ? "detailed" : "concise",
      });
      const context = { ...services, signal: stop.signal, cause: { name: "check" }, progress: () => undefined };
      const answer = pasteable(await migrationChecklist.run(input, context));
      judged.push({ path, answer: withoutKnown(answer, path, known), text: (shown) => migrationChecklist.render(shown, input) });
      if (before !== undefined) before = `${before}\n${await upOf(sql, path)}`;
    }
    if (writesBaseline && baseline !== undefined) await writeFile(baseline, `${JSON.stringify(keysOf(judged), null, 2)}\n`);
    process.stdout.write(`${rendered(judged, format, config.version)}\n`);
    process.exitCode = Math.max(0, ...judged.map(({ answer }) => codes[answer.verdict]));
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    console.error(`backend-db-mcp: ${error.message}`);
    process.exitCode = NOT_JUDGED;
  } finally {
    await services.close();
  }
}

/** Undefined: nobody said, so a database is asked, or the text alone is judged. */
async function schemaBefore(schema: string | undefined, history: readonly string[]): Promise<string | undefined> {
  if (schema === undefined && history.length === 0) return undefined;
  const parts = schema === undefined ? [] : (await readFiles([schema])).map(({ sql }) => sql);
  for (const { path, sql } of await readFiles(history)) parts.push(await upOf(sql, path));
  return parts.join("\n");
}

/** Ways back in files of their own come with their migrations, and are not migrations. */
const isMigration = (name: string) => name.endsWith(".sql") && !/(?:\.down|(?:^|\/)down)\.sql$/.test(name);

async function readFiles(paths: readonly string[]): Promise<readonly File[]> {
  const found: File[] = [];
  for (const path of paths) {
    for (const file of path === "-" ? [path] : await filesIn(path))
      found.push({ path: file, sql: file === "-" ? await text(process.stdin) : await readFile(file, "utf8").catch(unreadable(file)) });
  }
  return found;
}

/** Of a folder, and of the folders in it, in the order of their names, numbers by their value. */
async function filesIn(path: string): Promise<readonly string[]> {
  if (!(await stat(path).catch(unreadable(path))).isDirectory()) return [path];
  const names = await readdir(path, { recursive: true });
  const order = new Intl.Collator("en", { numeric: true });
  return names
    .filter(isMigration)
    .sort(order.compare)
    .map((name) => join(path, name));
}

type Finding = MigrationAnswer["findings"][number];

interface Known {
  readonly rule: string;
  /** What it is about; of a finding about nothing that has a name, its file. */
  readonly object: string;
}

const keyOf = ({ rule, object }: Finding, path: string): Known => ({ rule, object: object ?? path });

const keysOf = (judged: readonly Judged[]): readonly Known[] =>
  judged.flatMap(({ path, answer }) => answer.findings.map((finding) => keyOf(finding, path)));

async function readBaseline(path: string): Promise<readonly Known[]> {
  const read = asJson(await readFile(path, "utf8").catch(unreadable(path)));
  if (Array.isArray(read) && read.every((each) => typeof each?.rule === "string" && typeof each?.object === "string")) return read;
  throw new ToolError("invalid_argument", `${path} is not a baseline. Write one with --write-baseline.`);
}

function asJson(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return undefined;
  }
}

/** What remains to be told. A statement that Postgres refuses, and rows that forbid it, block whatever is known. */
function withoutKnown(answer: MigrationAnswer, path: string, known: readonly Known[]): MigrationAnswer {
  const isKnown = (finding: Finding) => {
    const key = keyOf(finding, path);
    return known.some(({ rule, object }) => rule === key.rule && object === key.object);
  };
  const findings = answer.findings.filter((finding) => !isKnown(finding));
  if (findings.length === answer.findings.length) return answer;
  const silenced = answer.findings.length - findings.length;
  const left = { ...answer, findings };
  return { ...left, ...verdictOf(left), limits: [...answer.limits, `${silenced} known: --baseline`] };
}
