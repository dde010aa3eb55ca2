import { type ReadConfigFile, readConfigFile } from "../config/file.ts";
import type { Config } from "../config.ts";
import { readRunner } from "../tools/migration-run.ts";
import { asksStyle, type RuleFile, refuseUnknownRules } from "../tools/suppressed.ts";

/** What the command line says, and what backend-db-mcp.json says where that is silent. */
export interface Settings {
  readonly graded: RuleFile;
  /** What is passed to the tool. */
  readonly told: {
    readonly runner: ReturnType<typeof readRunner> | undefined;
    readonly in_transaction: boolean | undefined;
    readonly postgres_version: number | undefined;
    readonly style: boolean;
  };
  readonly rowCounts: Readonly<Record<string, number>> | undefined;
  readonly schema: string | undefined;
  readonly snapshot: string | undefined;
  readonly history: readonly string[];
  readonly baseline: string | undefined;
}

/** Throws `invalid_argument` with what is wrong in the file. */
export function readSettings(config: Config): Settings {
  const { checked, configFile } = config;
  const file = readConfigFile(configFile, process.cwd());
  refuseUnknownRules(file.rules, file.path ?? "");
  const runner = checked.runner ?? file.runner;
  const style = checked.style || file.style;
  return {
    graded: { rules: file.rules, style, where: file.path ?? "" },
    told: {
      runner: runner === undefined ? undefined : readRunner(runner),
      in_transaction: file.in_transaction,
      postgres_version: checked.postgresVersion ?? file.postgres_version,
      style: style || asksStyle(file.rules),
    },
    rowCounts: Object.keys(file.row_counts).length > 0 ? file.row_counts : undefined,
    ...schemaIn(config, file),
    baseline: checked.baseline ?? file.baseline,
  };
}

/** Who says on the command line where the schema comes from says all of it. */
function schemaIn(
  { checked: { schema, history }, snapshot }: Config,
  file: ReadConfigFile,
): Pick<Settings, "schema" | "snapshot" | "history"> {
  const isTold = schema !== undefined || history.length > 0 || snapshot !== undefined;
  return isTold ? { schema, snapshot, history } : { schema: file.schema, snapshot: file.snapshot, history: file.history };
}
