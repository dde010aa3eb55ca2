import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Config } from "../config.ts";
import { ToolError } from "../error.ts";
import { openServices, type Services } from "../runtime.ts";
import analyzeQuery from "../tools/analyze-query.ts";
import { answerText, pasteable } from "../tools/clean.ts";
import { rendering } from "../tools/french.ts";
import { schemaOf } from "../tools/history-text.ts";
import { migrationsIn } from "../tools/migration-files.ts";
import { unreadable } from "../tools/unreadable.ts";
import { checkMigrations } from "./check-migrations.ts";
import { readSettings, type Settings } from "./check-settings.ts";

/** What a pipeline goes by. What nothing is known of needs a look as a warning does; what could not be judged is not let through. */
const codes = { pass: 0, warn: 1, unknown: 1, block: 2 } as const;
const NOT_JUDGED = 2;

/** What is wrong with the statement itself, so that any server would refuse it. */
const refusals = new Set(["sql_syntax", "not_plannable", "unknown_relation"]);

/** Judges statements as analyze_query does, prints its answer on stdout and ends with the code of its verdict. No statement reaches a database. */
export async function check(config: Config): Promise<void> {
  if (config.checked.files.length > 0) return checkMigrations(config);
  try {
    const settings = readSettings(config);
    const services = openServices({
      ...config,
      snapshot: settings.snapshot,
      access: { level: "catalog", trusted: [], analyzeAsSuperuser: false },
    });
    try {
      await judge(config, settings, services);
    } finally {
      await services.close();
    }
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    if (refusals.has(error.code)) process.stdout.write(`Verdict: block. ${error.message}\n`);
    else console.error(`backend-db-mcp: ${error.message}`);
    process.exitCode = NOT_JUDGED;
  }
}

async function judge(config: Config, settings: Settings, services: Services): Promise<void> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const input = analyzeQuery.input.parse(await readInput(config, settings));
  const context = { ...services, signal: stop.signal, cause: { name: "check" }, progress: () => undefined, draw: () => undefined };
  const answer = pasteable(await analyzeQuery.run(input, context));
  const text = rendering(config.language).heading(analyzeQuery.render(answer, input));
  process.stdout.write(`${answerText(text, answer)}\n`);
  process.exitCode = codes[answer.verdict];
}

async function readInput({ checked: { query, plan, detailed } }: Config, { schema, history, rowCounts }: Settings) {
  const schema_sql = history.length > 0 ? await schemaOf(schema, await migrationsIn(history)) : await textOf(schema);
  return {
    sql: await textOf(query),
    plan: await textOf(plan),
    schema_sql,
    ...(schema_sql !== undefined && rowCounts && { row_counts: rowCounts }),
    response_format: detailed ? "detailed" : "concise",
  };
}

async function textOf(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  if (file === "-") return text(process.stdin);
  return readFile(file, "utf8").catch(unreadable(file));
}
