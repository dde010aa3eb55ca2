import { setTimeout as sleep } from "node:timers/promises";
import { ToolError } from "../error.ts";
import { type Connection, describe } from "./connection-string.ts";
import type { Database } from "./database.ts";
import { codeOf, explain, passes, tooOld } from "./faults.ts";
import type { Link } from "./link.ts";
import { openPool, type Pool } from "./pool.ts";
import { openQueue } from "./queue.ts";
import { begin, type Limits, readsOf } from "./transaction.ts";

export interface LiveDatabase {
  /**
   * Runs `run` on one snapshot of the database, in a transaction that can only read and is always rolled back.
   * When the connection breaks, `run` is called a second time, so it must do nothing but read.
   */
  transaction<T>(run: (database: Database) => Promise<T>, options: Cancellable): Promise<T>;
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
}

const defaultLimits: Limits = { statementTimeout: 15_000, lockTimeout: 1_000, idleTimeout: 30_000 };

const RUNNING = 4;
const WAITING = 32;

/** Opens nothing yet: the first transaction does. */
export function openDatabase(connection: Connection, limits: Limits = defaultLimits): LiveDatabase {
  const pool = openPool(connection, limits);
  const queue = openQueue({ running: RUNNING, waiting: WAITING });
  const running = new Map<AbortController, Promise<unknown>>();
  const oneAttempt = attempts(connection, limits, pool);
  let major: number | undefined;
  let closed = false;

  async function transaction<T>(run: (database: Database) => Promise<T>, { signal }: Cancellable): Promise<T> {
    if (signal?.aborted || closed) throw cancelled();
    const stop = new AbortController();
    const abort = () => stop.abort();
    signal?.addEventListener("abort", abort, { once: true });
    const work = queue.enter(stop.signal).then((leave) => twice(() => oneAttempt(run, stop.signal), stop.signal).finally(leave));
    running.set(stop, work);
    try {
      const { value, version } = await work;
      major = version;
      return value;
    } catch (error) {
      throw stop.signal.aborted ? cancelled() : error;
    } finally {
      running.delete(stop);
      signal?.removeEventListener("abort", abort);
    }
  }

  return {
    transaction,
    async version({ signal }) {
      if (major === undefined) await transaction(async () => undefined, { signal });
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

/** What `run` throws is left alone; what the connection throws gets our words, and may be worth a second attempt. */
function attempts(connection: Connection, limits: Limits, pool: Pool) {
  return async <T>(run: (database: Database) => Promise<T>, signal: AbortSignal): Promise<Answer<T> | Failure> => {
    let link: Link | undefined;
    let raw: unknown;
    const named = (error: unknown) => {
      raw ??= error;
      const encrypted = link?.encrypted ?? connection.tls.mode !== "disable";
      return explain(error, { connection, encrypted, loggedIn: link !== undefined, statementTimeout: limits.statementTimeout });
    };
    const inOurWords = (error: unknown) => Promise.reject(named(error));
    try {
      link = await pool.take(signal).catch(inOurWords);
      const answer = await within(link, signal, async (link) => {
        const version = Math.floor((await begin(link, limits).catch(inOurWords)) / 10_000);
        if (version < 14) throw tooOld(connection, version);
        const reads = readsOf(link, named);
        return { version, value: await run(reads.database).finally(reads.close) };
      });
      if (await rollBack(link)) pool.keep(link);
      return answer;
    } catch (error) {
      if (link !== undefined && !signal.aborted && (await rollBack(link))) link.end();
      return { error, code: codeOf(raw), again: passes(raw) };
    }
  };
}

const RESTART = 1_000;

/** A second time where the first failure may have passed. If the server is still away then, the first failure says more. */
async function twice<T>(attempt: () => Promise<Answer<T> | Failure>, signal: AbortSignal): Promise<Answer<T>> {
  const first = await attempt();
  if ("value" in first) return first;
  if (!first.again || signal.aborted) throw first.error;
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
