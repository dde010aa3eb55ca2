import type { Statement } from "../../sql/parse.ts";
import { runsAlone } from "../alone.ts";
import type { MigrationFile } from "./read.ts";
import { type Habit, habits, type Message, type Runner, type Wrapping } from "./runner.ts";
import type { Section } from "./sections.ts";

export interface Execution {
  readonly wraps: Wrapping;
  readonly sends: Message;
  /** How the file is run, and from what that follows: a sentence for the answer. */
  readonly because: string;
  /** The runner takes this statement out of its transaction by itself. */
  takesOut(statement: Statement): boolean;
}

export interface Told {
  readonly runner: Runner | undefined;
  /** "its -- +goose comments are goose's" */
  readonly because: string;
  /** Of the runner, "7.3.0". */
  readonly version: string | undefined;
  /** What the caller says of a transaction of the runner, before all else. */
  readonly inTransaction: boolean | undefined;
}

const never = () => false;

/** Of plain SQL nothing is known but what it says itself. */
export function executionOf(told: Told, section: Section, file: MigrationFile, files: readonly MigrationFile[]): Execution {
  const { runner, because, inTransaction } = told;
  const habit = runner && habitOf(runner, told.version);
  const sends = section.sends ?? habit?.sends ?? "statement";
  if (inTransaction !== undefined) {
    const words = inTransaction ? "one transaction around it" : "no transaction around it";
    return { wraps: inTransaction ? "file" : "none", sends, because: `run with ${words}, as in_transaction says`, takesOut: never };
  }
  if (!runner || !habit) return { wraps: "none", sends, because: `each statement by itself is assumed: ${because}`, takesOut: never };
  const reason = `${runner} (${because})`;
  const off = section.withoutTransaction ?? directiveBeside(runner, file, files);
  if (off !== undefined) {
    const rest = sends === "file" ? ", in one message" : "";
    return { wraps: "none", sends, because: `${reason}: no transaction${rest}, because of ${off}`, takesOut: never };
  }
  const takesOut =
    runner === "Supabase" && habit === habits.Supabase ? (statement: Statement) => runsAlone(statement) !== undefined : never;
  return { wraps: habit.wraps, sends, because: `${reason}: ${habit.words}`, takesOut };
}

function habitOf(runner: Runner, version: string | undefined): Pick<Habit, "wraps" | "sends" | "words"> {
  const habit = habits[runner];
  return version !== undefined && habit.before && isBefore(version, habit.before.version) ? habit.before : habit;
}

function isBefore(version: string, other: string): boolean {
  const [mine, theirs] = [version, other].map((text) => text.replace(/^v/, "").split(".").map(Number));
  const at = (theirs ?? []).findIndex((part, index) => part !== (mine?.[index] ?? 0));
  return at >= 0 && (mine?.[at] ?? 0) < (theirs?.[at] ?? 0);
}

/** What stands in a file of its own: diesel's metadata.toml, Flyway's name.sql.conf. */
function directiveBeside(runner: Runner, { name }: MigrationFile, files: readonly MigrationFile[]): string | undefined {
  const find = (other: string, pattern: RegExp) => pattern.exec(files.find((file) => file.name === other)?.text ?? "")?.[0].trim();
  if (runner === "diesel") {
    const other = name.replace(/[^/]*$/, "metadata.toml");
    const found = find(other, /^[ \t]*run_in_transaction\s*=\s*false/m);
    return found && `${found} in ${other}`;
  }
  if (runner !== "Flyway") return undefined;
  const found = find(`${name}.conf`, /^[ \t]*(?:flyway\.)?executeInTransaction\s*=\s*false/im);
  return found && `${found} in ${name}.conf`;
}

export interface Known {
  readonly execution: Execution;
  readonly notices: readonly string[];
}

/** What some runners decide only when they have read the statements. */
export function knowing(statements: readonly Statement[], execution: Execution, runner: Runner | undefined): Known {
  if (execution.wraps === "file" && runner === "Flyway") return asFlyway(execution, statements);
  const isOwn = runner === "Supabase" && execution.takesOut !== never && statements.some(endsTransaction);
  if (execution.wraps !== "file" || !isOwn) return { execution, notices: [] };
  const because = "Supabase: as it is written, because the file has a BEGIN or COMMIT of its own";
  return { execution: { ...execution, wraps: "none", because, takesOut: never }, notices: [] };
}

const within = new Set<string | undefined>(["TRANS_STMT_SAVEPOINT", "TRANS_STMT_RELEASE", "TRANS_STMT_ROLLBACK_TO"]);

const endsTransaction = ({ tree }: Statement) => "TransactionStmt" in tree && !within.has(tree.TransactionStmt.kind);

/** What Flyway itself takes for a statement that refuses a transaction: `detectCanExecuteInTransaction` of its PostgreSQLParser. */
const flywayAlone =
  /^(?:(?:CREATE|DROP) (?:DATABASE|TABLESPACE|SUBSCRIPTION)|ALTER SYSTEM|(?:CREATE|DROP)(?: UNIQUE)? INDEX CONCURRENTLY|REINDEX(?: VERBOSE)? (?:SCHEMA|DATABASE|SYSTEM)|VACUUM|DISCARD ALL)\b/;

/** Flyway leaves its transaction out for a file of which no statement allows one, and refuses a file that has both kinds. */
function asFlyway(execution: Execution, statements: readonly Statement[]): Known {
  const alone = statements.filter(({ text }) => flywayAlone.test(text.replaceAll(/\s+/g, " ").toUpperCase()));
  if (alone.length === 0) return { execution, notices: [] };
  const [first] = alone;
  if (alone.length < statements.length) {
    const what = first?.text.replaceAll(/\s+/g, " ").slice(0, 60);
    return {
      execution,
      notices: [`Flyway refuses the file, unless mixed=true is set: "${what}" cannot run in the transaction that the others get`],
    };
  }
  const because = "Flyway: no transaction, because no statement of the file allows one";
  return { execution: { ...execution, wraps: "none", because }, notices: [] };
}
