import type { Database } from "../database/database.ts";
import { ToolError } from "../error.ts";
import type { Executed, Explained, IndexSize, Outcome, RelationSize, Start, Started } from "./messages.ts";
import { cancelled, type Running, startWorker } from "./running.ts";

export interface TwinOptions {
  /** Where the built worker is, and the images that are made beside it. */
  readonly folder: URL;
  /** Milliseconds that one request may take before its worker is ended. */
  readonly deadline?: number;
  /** Milliseconds without a question after which the worker is ended. */
  readonly idle?: number;
  /** Of 64 KiB. */
  readonly memoryPages?: number;
  readonly sizes?: Start["sizes"];
}

/** What must be decided before the cluster starts: a database cannot change how it sorts, nor PGlite what it can load. */
export interface Needs {
  readonly sortsByBytes: boolean;
  /** Only those that PGlite ships. */
  readonly extensions: readonly string[];
}

/** The twin while it holds one question's schema. */
export interface Session extends Database {
  readonly started: Started;
  /** One outcome for each statement, in order. */
  run(statements: readonly string[]): Promise<readonly Outcome[]>;
  explain(question: { sql: string; searchPath: readonly string[]; generic: boolean }): Promise<Explained>;
  size(sizes: { relations: readonly RelationSize[]; indexes: readonly IndexSize[] }): Promise<void>;
  /** Has the planner go by what a server of this version (`server_version_num`), before 18, knows of B-trees and NOT NULL. Whether it can. */
  planAs(versionNumber: number): Promise<boolean>;
  /** Keeps the schema and forgets its sizes, so that nothing is locked any more and scripts run as on a server. The worker is ended with the question. */
  commit(): Promise<void>;
  /** One statement as a client sends it. */
  execute(sql: string): Promise<Executed>;
}

/** What the twin keeps from one question to the next, until another is asked for or nobody asks for a while. */
export interface Holding<Held> {
  readonly needs: Needs;
  /** Two holdings of one key are the same: the second finds what the first has put there. */
  readonly key: string;
  /** Puts in place what is not there yet. `held` is what it returned the last time, undefined the first time. */
  hold(session: Session, held: Held | undefined): Promise<Held>;
}

/** A real Postgres 18 in a thread of this process. One question at a time; nothing that a question does outlives it. */
export interface Twin {
  /** Starts from an empty cluster. */
  use<Result>(needs: Needs, ask: (session: Session) => Promise<Result>, signal?: AbortSignal): Promise<Result>;
  /** Starts from what is held. Such a session is not to commit. */
  holding<Held, Result>(
    holding: Holding<Held>,
    ask: (session: Session, held: Held) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result>;
  close(): Promise<void>;
}

/** Rolled-back catalog rows are never vacuumed, so a worker is replaced after as many questions. */
const QUESTIONS_PER_WORKER = 200;
const WAITING = 32;
/** What is not asked for so long is given back: about 100 MB. */
const IDLE_MS = 600_000;

export function openTwin(options: TwinOptions): Twin {
  let running: Running | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  async function workerFor(needs: Needs): Promise<Running> {
    if (running?.alive && serves(running, needs)) return running;
    const extensions = [...new Set([...(running?.needs.extensions ?? []), ...needs.extensions])];
    await running?.end();
    running = await startWorker(options, { ...needs, extensions });
    return running;
  }

  /** What is held stays where it is: a question without it gets a worker of its own. */
  async function fromNothing<Result>(needs: Needs, ask: (session: Session) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    const worker = running?.alive && running.held ? await startWorker(options, needs) : await workerFor(needs);
    worker.questions += 1;
    await worker.ask({ do: "begin" });
    try {
      return await ask(sessionOf(worker, signal));
    } finally {
      if (worker.committed || worker !== running) await worker.end();
      else if (worker.alive) await worker.ask({ do: "rollback" });
    }
  }

  async function fromHeld<Held, Result>(
    { needs, key, hold }: Holding<Held>,
    ask: (session: Session, held: Held) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    const worker = await workerFor(needs);
    worker.questions += 1;
    if (worker.held?.key !== key) {
      if (worker.held) await worker.ask({ do: "rollback" });
      await worker.ask({ do: "begin" });
      worker.held = { key, value: undefined };
    }
    const session = sessionOf(worker, signal);
    const value = await heldBy(worker, () => hold(session, worker.held?.value as Held | undefined));
    worker.held = { key, value };
    await worker.ask({ do: "mark" });
    try {
      return await ask(session, value);
    } finally {
      if (worker.alive) await worker.ask({ do: "reset" });
    }
  }

  let idle: NodeJS.Timeout | undefined;

  /** One question after the other: there is one Postgres. */
  async function inTurn<Result>(question: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
    if (waiting >= WAITING) {
      throw new ToolError("busy", "Too many questions are waiting for the planner. Ask again in a few seconds.", {
        retryable: true,
        retry_after_s: 5,
      });
    }
    waiting += 1;
    clearTimeout(idle);
    const mine = turn.then(() => {
      if (signal?.aborted) throw cancelled();
      return question();
    });
    turn = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      waiting -= 1;
      if (waiting === 0) idle = setTimeout(() => void running?.end(), options.idle ?? IDLE_MS).unref();
    }
  }

  return {
    use: (needs, ask, signal) => inTurn(() => fromNothing(needs, ask, signal), signal),
    holding: (holding, ask, signal) => inTurn(() => fromHeld(holding, ask, signal), signal),
    async close() {
      clearTimeout(idle);
      await running?.end();
    },
  };
}

/** What was put in place only in part is not kept. */
async function heldBy<Held>(worker: Running, hold: () => Promise<Held>): Promise<Held> {
  try {
    return await hold();
  } catch (error) {
    if (worker.alive) await worker.ask({ do: "rollback" });
    worker.held = undefined;
    throw error;
  }
}

const serves = ({ needs, questions }: Running, wanted: Needs) =>
  needs.sortsByBytes === wanted.sortsByBytes &&
  questions < QUESTIONS_PER_WORKER &&
  wanted.extensions.every((extension) => needs.extensions.includes(extension));

function sessionOf(worker: Running, signal: AbortSignal | undefined): Session {
  const { started, ask } = worker;
  return {
    started,
    run: async (statements) => (statements.length === 0 ? [] : ((await ask({ do: "run", statements }, signal)) as readonly Outcome[])),
    read: async <Row>(sql: string, values: readonly unknown[] = []) => (await ask({ do: "read", sql, values }, signal)) as readonly Row[],
    explain: async (question) => (await ask({ do: "explain", ...question }, signal)) as Explained,
    size: async (sizes) => {
      await ask({ do: "size", ...sizes }, signal);
    },
    planAs: async (versionNumber) => (await ask({ do: "plan as", versionNumber }, signal)) as boolean,
    commit: async () => {
      worker.committed = true;
      await ask({ do: "commit" }, signal);
    },
    execute: async (sql) => (await ask({ do: "execute", sql }, signal)) as Executed,
  };
}
