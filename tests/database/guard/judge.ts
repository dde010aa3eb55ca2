import { readFile, stat } from "node:fs/promises";
import type { Database } from "../../../src/database/database.ts";
import { explainText } from "../../../src/database/explain.ts";
import { codeOf } from "../../../src/database/faults.ts";
import type { Surroundings } from "../../../src/database/guard/resolve.ts";
import type { Admitted, Mode } from "../../../src/database/guard/statement.ts";
import { type Link, openLink } from "../../../src/database/link.ts";
import { begin, readsOf, startupSettings } from "../../../src/database/transaction.ts";
import { ToolError } from "../../../src/error.ts";
import type { Cluster } from "../../postgres/server.ts";
import { connectionTo } from "../asking.ts";
import { changes, watch } from "./state.ts";

/** A guard, whole or weakened. Either part throws a ToolError for what it refuses. */
export interface Guard {
  admit(sql: string, mode: Mode): Promise<Admitted>;
  resolve(reads: Database, admitted: Admitted, surroundings: Surroundings): Promise<void>;
}

export interface Candidate {
  readonly sql: string;
  readonly mode: Mode;
}

export interface Verdict {
  /** Texts that `admit` let through, and those that `resolve` then let through as well. */
  readonly admitted: number;
  readonly sent: number;
  /** Of those sent, how many the server planned or ran to the end. */
  readonly answered: number;
  /** What the server did or had to prevent, with the text that made it. Empty for a guard that holds. */
  readonly charges: readonly string[];
  /** Kinds of state that are not as they were. */
  readonly changed: readonly string[];
  /** Statements of this session in the server's log. */
  readonly logged: number;
}

const limits = { statementTimeout: 500, lockTimeout: 200, idleTimeout: 10_000 };

/**
 * Sends what a guard lets through to a real server, as its superuser who keeps all rights, by the statements that the
 * product itself uses, all in one session. Charged is any change of state, any statement in the server's log but those
 * sent, and any answer that says the server had to stop a write or found two statements in one text.
 */
export async function judge(guard: Guard, court: Court, candidates: readonly Candidate[]): Promise<Verdict> {
  const watcher = await watch(court.url);
  try {
    const before = await watcher.look();
    const session = await openSession(guard, court);
    const outcomes: Outcome[] = [];
    for (const candidate of candidates) outcomes.push(await session.run(candidate));
    const changed = [...changes(before, await watcher.look()), ...(await session.leftBehind())];
    const { logged, strayed } = await session.readLog();
    session.end();
    return {
      admitted: outcomes.filter(({ admitted }) => admitted).length,
      sent: outcomes.filter(({ sent }) => sent).length,
      answered: outcomes.filter(({ answered }) => answered).length,
      charges: [...outcomes.flatMap(({ charge }) => charge ?? []), ...strayed],
      changed,
      logged,
    };
  } finally {
    await watcher.end();
  }
}

/** The first text after which the state differs, found by trying halves again; undefined if it does so no more. */
export async function culprit(guard: Guard, court: Court, candidates: readonly Candidate[]): Promise<Candidate | undefined> {
  const { changed } = await judge(guard, court, candidates);
  if (changed.length === 0) return undefined;
  if (candidates.length === 1) return candidates[0];
  const middle = Math.ceil(candidates.length / 2);
  return (await culprit(guard, court, candidates.slice(0, middle))) ?? culprit(guard, court, candidates.slice(middle));
}

/** Where it is tried: a server whose log has the `log_line_prefix` "%a|" and all statements, and a database in it. */
export interface Court {
  readonly cluster: Cluster;
  readonly url: string;
}

interface Outcome {
  readonly admitted: boolean;
  readonly sent: boolean;
  readonly answered: boolean;
  readonly charge?: string;
}

async function openSession(guard: Guard, { cluster, url }: Court) {
  const link = await openLink({
    connection: connectionTo(url),
    startup: startupSettings(limits),
    deadline: 60_000,
    signal: new AbortController().signal,
  });
  // A language that is loaded brings settings along.
  await link.query("do 'begin end'", []);
  const sent: string[] = [];
  const recorded: Link = {
    ...link,
    query(sql, values, cap) {
      sent.push(sql);
      return link.query(sql, values, cap);
    },
  };
  const from = (await stat(cluster.logFile)).size;
  const settings = await settingsOf(link);
  return {
    run: (candidate: Candidate) => run(recorded, guard, candidate, cluster.version),
    async leftBehind() {
      return (await settingsOf(link)) === settings ? [] : ["the session"];
    },
    /** `strayed` is what the server's log has of this session beyond what was sent, in the order in which it was sent. */
    async readLog() {
      const statements = statementsIn((await readFile(cluster.logFile)).subarray(from).toString());
      let next = 0;
      const strayed = statements.flatMap((statement) => {
        const at = sent.indexOf(statement, next);
        if (at >= 0) next = at + 1;
        return at >= 0 || statement === sessionQuery ? [] : [`the log has ${JSON.stringify(statement)}`];
      });
      return { logged: statements.length, strayed };
    },
    end: link.end,
  };
}

const sessionQuery = `select pg_catalog.md5(pg_catalog.string_agg(s.name || s.setting, '|' order by s.name)) || pg_catalog.concat_ws('/', session_user, current_user,
  array(select pg_catalog.pg_listening_channels()), (select pg_catalog.count(*) from pg_catalog.pg_prepared_statements),
  (select pg_catalog.count(*) from pg_catalog.pg_cursors where is_holdable), pg_catalog.pg_my_temp_schema()) as left
  from pg_catalog.pg_settings s`;

const settingsOf = async (link: Link) => (await link.query<{ left: string }>(sessionQuery, []))[0]?.left;

/** Of the log_line_prefix `%a|`: what a session of the product had executed. */
function statementsIn(log: string): readonly string[] {
  const entries = log.replaceAll("\n\t", "\u0001").split("\n");
  return entries.flatMap((entry) => {
    const [, statement] = /^backend-db-mcp\|LOG: {2}(?:execute [^:]*|statement): (.*)$/s.exec(entry) ?? [];
    return statement === undefined ? [] : [statement.replaceAll("\u0001", "\n")];
  });
}

async function run(link: Link, guard: Guard, { sql, mode }: Candidate, version: number): Promise<Outcome> {
  const admitted = await unlessRefused(guard.admit(sql, mode));
  if (admitted === undefined) return { admitted: false, sent: false, answered: false };
  const versionNumber = await begin(link, limits);
  const reads = readsOf(link, (error) => error);
  try {
    const surroundings = { mode, schemas: ["pg_catalog", "public"], trusted: [], versionNumber };
    const resolved = await unlessRefused(guard.resolve(reads.database, admitted, surroundings).then(() => true));
    if (!resolved) return { admitted: true, sent: false, answered: false };
    await link.query("select pg_catalog.set_config('search_path', 'public, pg_temp', true)", []);
    return { admitted: true, sent: true, ...(await ask(link, admitted, { sql, mode }, version)) };
  } finally {
    await reads.close();
    await link.query("rollback", []);
  }
}

async function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    if (error instanceof ToolError) return undefined;
    throw error;
  });
}

async function ask(link: Link, admitted: Admitted, { sql, mode }: Candidate, version: number) {
  const charged = (answer: string) => ({ answered: false, charge: `${answer} for ${mode} ${JSON.stringify(sql)}` });
  try {
    const { refused } = await explainText(link, admitted, mode);
    if (refused === undefined) return (await hasWritten(link)) ? charged("the transaction wrote") : { answered: true };
    return isTelling(refused, version) ? charged(`${refused.code} ${refused.message}`) : { answered: false };
  } catch (error) {
    if (error instanceof ToolError) return { answered: false };
    if (codeOf(error) === "57014") return { answered: false };
    return charged(`${codeOf(error)} ${error instanceof Error ? error.message : ""}`);
  }
}

/** Only what writes gets a transaction id, and READ ONLY does not stop all of it: EXPLAIN ANALYZE SELECT INTO creates its table. */
async function hasWritten(link: Link): Promise<boolean> {
  const [found] = await link.query<{ wrote: boolean }>("select pg_catalog.pg_current_xact_id_if_assigned() is not null as wrote", []);
  return found?.wrote === true;
}

/** The grammar of 18 is ours, so there nothing that passed may be wrong by it; older ones may not know what is new. */
const isTelling = ({ code, message }: { code: string; message: string }, version: number) =>
  code === "42601" && (/multiple commands/.test(message) || (version === 18 && /at or near|at end of input/.test(message)));
