import { setTimeout as sleep } from "node:timers/promises";
import { ToolError } from "../error.ts";
import type { Access } from "./access.ts";
import type { AuditLog, Cause } from "./audit-log.ts";
import { type Connection, describe } from "./connection-string.ts";
import type { Database } from "./database.ts";
import { type Explained, explainOn, outOfTime, STATEMENT_TIMEOUT } from "./explain.ts";
import { tooOld } from "./fault-sentences.ts";
import { codeOf, explain, passes } from "./faults.ts";
import { refused } from "./guard/refused.ts";
import { admit, type Mode } from "./guard/statement.ts";
import type { Link } from "./link.ts";
import { namingHolders } from "./lock-holders.ts";
import { openPool, type Pool } from "./pool.ts";
import { openQueue } from "./queue.ts";
import { begin, isClean, type Limits, readsOf } from "./transaction.ts";

export interface LiveDatabase {
  /**
   * Runs `run` on one snapshot of the database, in a transaction that can only read and is always rolled back.
   * When the connection breaks, `run` is called a second time, so it must do nothing but read.
   */
  transaction<T>(run: (database: Database) => Promise<T>, options: Cancellable): Promise<T>;
  readonly access: Access["level"];
  /**
   * Has the server plan, or plan and run, one statement of the caller, if the guard lets it through.
   * Throws `refused` where it does not, and always below the level that the mode needs.
   */
  explain(sql: string, mode: Mode, options: Cancellable): Promise<Explained>;
  /** The major version, asked once. */
  version(options: Cancellable): Promise<number>;
  /** "127.0.0.1:5432/shop as reader"; of a snapshot only the name of the database. */
  describe(): string;
  /** Of what stands in for a live database: when it was taken, ISO 8601, and whether it holds values of the user's rows. */
  snapshot(): { readonly takenAt: string; readonly values: boolean } | undefined;
  /** Cancels what runs; resolves when all of it has ended. */
  close(): Promise<void>;
}

interface Cancellable {
  readonly signal?: AbortSignal | undefined;
  /** Goes into the audit log. */
  readonly cause?: Cause | undefined;
}

const defaultLimits: Limits = { statementTimeout: 15_000, lockTimeout: 1_000, idleTimeout: 30_000 };

const RUNNING = 4;
const WAITING = 32;

interface Options {
  readonly limits?: Limits | undefined;
  readonly access?: Access | undefined;
  readonly auditLog?: AuditLog | undefined;
}

const ourQueriesOnly: Access = { level: "catalog", trusted: [], analyzeAsSuperuser: false };

/** Opens nothing yet: the first transaction does. */
export function openDatabase(connection: Connection, options: Options = {}): LiveDatabase {
  const { limits = defaultLimits, access = ourQueriesOnly, auditLog } = options;
  const pool = openPool(connection, { limits, auditLog });
  const queue = openQueue({ running: RUNNING, waiting: WAITING });
  const running = new Map<AbortController, Promise<unknown>>();
  const oneAttempt = attempts(connection, pool);
  let major: number | undefined;
  let closed = false;

  async function perform<T>(work: Work<T>, { signal, cause }: Cancellable): Promise<T> {
    if (signal?.aborted || closed) throw cancelled();
    const stop = new AbortController();
    const abort = () => stop.abort();
    signal?.addEventListener("abort", abort, { once: true });
    const done = queue.enter(stop.signal).then((leave) => twice(() => oneAttempt(work, { stop, cause }), work, stop.signal).finally(leave));
    running.set(stop, done);
    try {
      const { value, version } = await done;
      major = version;
      return value;
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      throw stop.signal.reason instanceof ToolError ? stop.signal.reason : cancelled();
    } finally {
      running.delete(stop);
      signal?.removeEventListener("abort", abort);
    }
  }

  const transaction = <T>(run: (database: Database) => Promise<T>, options: Cancellable): Promise<T> =>
    perform({ limits, afterwards: "keep", run: (_, reads) => run(reads) }, options);

  return {
    transaction,
    access: access.level,
    async explain(sql, mode, options) {
      if (access.level === "catalog" || (mode === "analyze" && access.level === "explain")) throw notAllowed(mode);
      const admitted = await admit(sql, mode);
      const statementTimeout = Math.min(limits.statementTimeout, STATEMENT_TIMEOUT);
      const work: Work<Explained> = {
        limits: { ...limits, statementTimeout },
        deadline: 3 * statementTimeout,
        afterwards: mode === "analyze" ? "end" : "check",
        run: (link, reads, versionNumber) => explainOn(link, reads, { admitted, mode, access, versionNumber, statementTimeout }),
      };
      return perform(work, options);
    },
    async version(options) {
      if (major === undefined) await transaction(async () => undefined, options);
      if (major === undefined) throw new Error("A transaction ran without a version.");
      return major;
    },
    describe: () => describe(connection),
    snapshot: () => undefined,
    async close() {
      closed = true;
      pool.close();
      for (const stop of running.keys()) stop.abort();
      await Promise.allSettled(running.values());
    },
  };
}

const notAllowed = (mode: Mode) =>
  refused(
    "privileges",
    `the server was started without --access ${mode}`,
    mode === "analyze" ? "Ask without analyze, or start it with --access analyze." : "The twin plans it.",
  );

/** What is done inside one transaction. */
interface Work<T> {
  readonly limits: Limits;
  /** Milliseconds until it is cancelled; none where each statement's own limit is enough. */
  readonly deadline?: number;
  /** With a connection that saw no error: one that bore a caller's statement is looked at first, or given up. */
  readonly afterwards: "keep" | "check" | "end";
  run(link: Link, reads: Database, versionNumber: number): Promise<T>;
}

interface Attempt {
  readonly stop: AbortController;
  readonly cause: Cause | undefined;
}

interface Answer<T> {
  readonly value: T;
  readonly version: number;
}

interface Failure {
  readonly error: unknown;
  /** What the connection said, before it got our words; empty if it was `run` that failed. */
  readonly code: string;
  readonly again: boolean;
}

/** What `run` throws in our words is left alone; what the connection throws gets them, and may be worth a second attempt. */
function attempts(connection: Connection, pool: Pool) {
  return async <T>({ limits, deadline, afterwards, run }: Work<T>, { stop, cause }: Attempt): Promise<Answer<T> | Failure> => {
    const { signal } = stop;
    let link: Link | undefined;
    let raw: unknown;
    const named = (error: unknown) => {
      if (error instanceof ToolError) return error;
      raw ??= error;
      const encrypted = link?.encrypted ?? connection.tls.mode !== "disable";
      return explain(error, { connection, encrypted, loggedIn: link !== undefined, statementTimeout: limits.statementTimeout });
    };
    const inOurWords = (error: unknown) => Promise.reject(named(error));
    const timer = deadline === undefined ? undefined : setTimeout(() => stop.abort(outOfTime(deadline)), deadline);
    try {
      link = await pool.take(signal).catch(inOurWords);
      link.serve(cause);
      const answer = await within(link, signal, async (link) => {
        const versionNumber = await begin(link, limits).catch(inOurWords);
        const version = Math.floor(versionNumber / 10_000);
        if (version < 14) throw tooOld(connection, version);
        const reads = readsOf(link, named);
        const value = run(link, reads.database, versionNumber);
        return { version, value: await (afterwards === "keep" ? value : value.catch(inOurWords)).finally(reads.close) };
      });
      await putBack(link, pool, afterwards);
      return answer;
    } catch (error) {
      const code = codeOf(raw);
      if (link === undefined || signal.aborted || !(await rollBack(link))) return { error, code, again: passes(raw) };
      const told = await namingHolders(error, code, { link, limits });
      link.end();
      return { error: told, code, again: passes(raw) };
    } finally {
      clearTimeout(timer);
    }
  };
}

async function putBack(link: Link, pool: Pool, afterwards: Work<unknown>["afterwards"]): Promise<void> {
  if (!(await rollBack(link))) return;
  if (afterwards === "keep" || (afterwards === "check" && (await isClean(link).catch(() => false)))) pool.keep(link);
  else link.end();
}

const RESTART = 1_000;

/** A second time where the first failure may have passed. If the server is still away then, the first failure says more. */
async function twice<T>(attempt: () => Promise<Answer<T> | Failure>, { afterwards }: Work<T>, signal: AbortSignal): Promise<Answer<T>> {
  const first = await attempt();
  if ("value" in first) return first;
  if (!first.again || signal.aborted || afterwards === "end") throw first.error;
  await sleep(RESTART, undefined, { signal });
  const second = await attempt();
  if ("value" in second) return second;
  throw second.again || second.code === "ECONNREFUSED" || second.code === "ENOENT" ? first.error : second.error;
}

const cancelled = () => new ToolError("cancelled", "The question was cancelled before it was answered.");

/** Nothing is ever committed. A connection that cannot even roll back is given up. */
async function rollBack(link: Link): Promise<boolean> {
  const rolledBack = link.query("rollback", []).then(
    () => true,
    () => false,
  );
  if (await rolledBack) return true;
  link.destroy();
  return false;
}

/** When the signal comes, what runs on the server is cancelled and the connection destroyed, in this order. */
async function within<T>(link: Link, signal: AbortSignal, work: (link: Link) => Promise<T>): Promise<T> {
  let abort = () => {};
  const stopped = new Promise<never>((_, reject) => {
    abort = () => {
      link.cancel().finally(() => {
        link.destroy();
        reject(signal.reason);
      });
    };
  });
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work(link), stopped]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
