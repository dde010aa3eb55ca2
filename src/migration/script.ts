import type { TransactionStmt } from "@pgsql/types";
import { parseStatements, type Statement } from "../sql/parse.ts";
import { withoutPsqlLines } from "../sql/psql.ts";
import { dependsOnData } from "./depends-on-data.ts";
import { bodyOf } from "./files/body.ts";
import type { Step } from "./step.ts";
import { noTables, type Tables } from "./tables.ts";
import { noTimeouts, type Timeouts, timeoutsSetBy } from "./timeouts.ts";

interface ScriptOptions {
  /** The tool that runs the file puts a transaction around it. */
  readonly wrapped?: boolean;
  /** Of the statement that starts at this character: statements of one number share a transaction of the tool's, one of none runs by itself. */
  readonly transactionAt?: ((start: number) => number | undefined) | undefined;
  /** The tool leaves its transaction out for a file that asks for it. */
  readonly leavable?: boolean;
  /** What the text is called in an error. */
  readonly what?: string;
}

/** What a ROLLBACK brings back. */
interface Kept {
  readonly tables: Tables;
  readonly session: Timeouts;
  readonly local: Timeouts;
  /** Steps of the transaction so far. */
  readonly done: readonly Step[];
}

interface State extends Kept {
  readonly transaction:
    | { readonly begun: Kept; readonly savepoints: readonly { readonly name: string; readonly kept: Kept }[] }
    | undefined;
}

/** The statements of a script in the order in which they run, each with what the script itself tells of it. Nothing is rehearsed yet. */
export async function readScript(text: string, options: ScriptOptions = {}): Promise<readonly Step[]> {
  const { wrapped = false, leavable = false, what = "sql", transactionAt = () => (wrapped ? 1 : undefined) } = options;
  const statements = await parseStatements(withoutPsqlLines(text), { what });
  const steps: Step[] = [];
  const start: State = { tables: noTables(), session: noTimeouts, local: noTimeouts, done: [], transaction: undefined };
  let state = start;
  let transaction: number | undefined;
  for (const statement of statements) {
    const next = transactionAt(statement.start);
    if (next !== transaction) state = next === undefined ? ended(state) : begun(transaction === undefined ? state : ended(state));
    transaction = next;
    const canLeave = leavable && next !== undefined;
    const step = { ...stepAt(state, statement, steps.length + 1), canLeave, body: await bodyOf(statement) };
    steps.push(step);
    state = after(state, step);
  }
  return steps;
}

function stepAt(
  { tables, session, local, done, transaction }: State,
  statement: Statement,
  number: number,
): Omit<Step, "body" | "canLeave"> {
  const { table, isNew } = tables;
  return {
    number,
    statement,
    inTransaction: transaction !== undefined,
    before: done,
    effects: undefined,
    refused: undefined,
    work: undefined,
    dependsOnData: dependsOnData({ statement, effects: undefined, table, isNew }),
    found: undefined,
    waits: [],
    left: undefined,
    lockTimeout: local.lock ?? session.lock,
    statementTimeout: local.statement ?? session.statement,
    table,
    isNew,
  };
}

function after(state: State, step: Step): State {
  const { tree } = step.statement;
  if ("TransactionStmt" in tree) return afterTransaction(state, tree.TransactionStmt);
  const setting = timeoutsSetBy(step.statement);
  return {
    ...state,
    tables: state.tables.after(step.statement),
    done: state.transaction ? [...state.done, step] : [],
    ...(setting && !setting.local && { session: { ...state.session, ...setting.timeouts } }),
    ...(setting?.local && state.transaction && { local: { ...state.local, ...setting.timeouts } }),
  };
}

const kept = ({ tables, session, local, done }: Kept): Kept => ({ tables, session, local, done });

function begun(state: State): State {
  if (state.transaction) return state;
  return { ...state, transaction: { begun: kept(state), savepoints: [] } };
}

const ended = (state: Kept): State => ({ ...kept(state), local: noTimeouts, done: [], transaction: undefined });

function afterTransaction(state: State, { kind, savepoint_name: name = "", chain = false }: TransactionStmt): State {
  const { transaction } = state;
  switch (kind) {
    case "TRANS_STMT_BEGIN":
    case "TRANS_STMT_START":
      return begun(state);
    case "TRANS_STMT_COMMIT":
    case "TRANS_STMT_PREPARE":
      return chain ? begun(ended(state)) : ended(state);
    case "TRANS_STMT_ROLLBACK":
      return chain ? begun(ended(transaction?.begun ?? state)) : ended(transaction?.begun ?? state);
    case "TRANS_STMT_SAVEPOINT":
      return transaction
        ? { ...state, transaction: { ...transaction, savepoints: [...transaction.savepoints, { name, kept: kept(state) }] } }
        : state;
    case "TRANS_STMT_RELEASE":
    case "TRANS_STMT_ROLLBACK_TO":
      return afterSavepoint(state, name, kind);
    default:
      return state;
  }
}

function afterSavepoint(state: State, name: string, kind: "TRANS_STMT_RELEASE" | "TRANS_STMT_ROLLBACK_TO"): State {
  const { transaction } = state;
  const position = transaction?.savepoints.findLastIndex((savepoint) => savepoint.name === name) ?? -1;
  const found = transaction?.savepoints[position];
  if (!transaction || !found) return state;
  if (kind === "TRANS_STMT_RELEASE")
    return { ...state, transaction: { ...transaction, savepoints: transaction.savepoints.slice(0, position) } };
  return { ...state, ...found.kept, transaction: { ...transaction, savepoints: transaction.savepoints.slice(0, position + 1) } };
}
