import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Config } from "../config.ts";
import { ToolError } from "../error.ts";
import { openServices, type Services } from "../runtime.ts";
import { pasteable } from "../tools/clean.ts";
import { schemaOf } from "../tools/history-text.ts";
import { asGraded } from "../tools/migration-answer.ts";
import migrationChecklist from "../tools/migration-checklist.ts";
import { migrationsIn, readMigrationFiles } from "../tools/migration-files.ts";
import { judgeRun } from "../tools/migration-run.ts";
import { unwritable } from "../tools/unreadable.ts";
import { withoutKnown, writeBaseline } from "./baseline.ts";
import { changesSince } from "./changed-files.ts";
import { readSettings, type Settings } from "./check-settings.ts";
import { rendered } from "./migration-report.ts";
import type { Judged } from "./told.ts";

const codes = { ok: 0, review: 0, block: 1 } as const;
const NOT_JUDGED = 2;

/** Judges migrations as migration_checklist does, each after those before it, prints a report on stdout and ends with the code of the gravest verdict. */
export async function checkMigrations(config: Config): Promise<void> {
  try {
    const settings = readSettings(config);
    if (config.checked.writesBaseline && settings.baseline === undefined)
      throw new ToolError("invalid_argument", "--write-baseline needs --baseline FILE.");
    const services = openServices({
      ...config,
      snapshot: settings.snapshot,
      access: { level: "catalog", trusted: [], analyzeAsSuperuser: false },
    });
    try {
      await report(await judge(config, settings, services), config, { baseline: settings.baseline, knowledge: services.knowledge });
    } finally {
      await services.close();
    }
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    console.error(`backend-db-mcp: ${error.message}`);
    process.exitCode = NOT_JUDGED;
  }
}

async function report(
  judged: readonly Judged[],
  { checked: { writesBaseline, format, reports }, version, environment, language }: Config,
  { baseline, knowledge }: { readonly baseline: string | undefined; readonly knowledge: Services["knowledge"] },
): Promise<void> {
  if (writesBaseline && baseline !== undefined) await writeBaseline(baseline, judged);
  const told = baseline === undefined || writesBaseline ? judged : await withoutKnown(judged, baseline);
  const place = { version, language, workspace: environment.GITHUB_WORKSPACE, knowledge };
  for (const { file, format: other } of reports) await writeFile(file, `${await rendered(told, other, place)}\n`).catch(unwritable(file));
  process.stdout.write(`${await rendered(told, format, place)}\n`);
  process.exitCode = Math.max(0, ...told.map(({ answer }) => codes[answer.verdict]));
}

async function judge(config: Config, settings: Settings, services: Services): Promise<readonly Judged[]> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const { files, before } = await chosen(config, settings, services.hasDatabase);
  const migrations = await readMigrationFiles(files, config.checked.stdinPath);
  if (migrations.length === 0) return [];
  const { told, rowCounts } = settings;
  const asked = { ...told, schema_sql: before, row_counts: before === undefined ? undefined : rowCounts };
  const context = { ...services, signal: stop.signal, cause: { name: "check" }, progress: () => undefined, draw: () => undefined };
  const answers = await judgeRun(migrations, asked, context);
  const response_format = config.checked.detailed ? "detailed" : "concise";
  return migrations.flatMap(({ file, sql }, at) => {
    const answer = answers[at];
    if (!answer) return [];
    const input = migrationChecklist.input.parse({ sql, response_format });
    return [
      { path: file, sql, answer: pasteable(asGraded(answer, settings.graded)), text: (shown) => migrationChecklist.render(shown, input) },
    ];
  });
}

/** The files to judge, and the schema before them; undefined where nobody told it, so that a database is asked, or the text alone is judged. */
async function chosen(
  { checked }: Config,
  { schema, history }: Settings,
  hasDatabase: boolean,
): Promise<{ readonly files: readonly string[]; readonly before: string | undefined }> {
  const past = await migrationsIn(history);
  const isPast = new Set(past.map((path) => resolve(path)));
  const all = (await migrationsIn(checked.files)).filter((path) => path === "-" || !isPast.has(resolve(path)));
  if (checked.changedSince === undefined) {
    const isTold = schema !== undefined || history.length > 0;
    return { files: all, before: isTold ? await schemaOf(schema, past) : undefined };
  }
  const changes = await changesSince(checked.changedSince);
  const [files, others]: [string[], string[]] = [[], []];
  for (const path of all) (path === "-" || (await changes.has(path)) ? files : others).push(path);
  tellDisorder(all, files);
  if (schema !== undefined) return { files, before: await schemaOf(schema, past) };
  return { files, before: hasDatabase && history.length === 0 ? undefined : await schemaOf(schema, [...past, ...others]) };
}

/** A migration that comes late is run after those that have run, whatever its name says, or not at all: its runner decides. */
function tellDisorder(all: readonly string[], changed: readonly string[]): void {
  const last = all.findLast((path) => !changed.includes(path));
  for (const path of changed) {
    if (last === undefined || all.indexOf(path) > all.indexOf(last)) continue;
    console.error(`backend-db-mcp: ${path} comes before ${last}, which is history: it was judged after it.`);
  }
}
