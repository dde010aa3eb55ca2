import type { Database } from "../database/database.ts";
import type {
  CostQuestion,
  Executed,
  Explained,
  IndexSize,
  Outcome,
  PlanCost,
  Question,
  RelationSize,
  Start,
  Started,
} from "./messages.ts";
import { openPool } from "./pool.ts";
import type { Running } from "./running.ts";

export interface TwinOptions {
  /** Where the built worker is, and the images that are made beside it. */
  readonly folder: URL;
  /** Milliseconds that one request may take before its worker is ended. */
  readonly deadline?: number;
  /** Milliseconds that all requests of one question may take together. */
  readonly budget?: number;
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
  /** A caller's code will run: nothing else is or was in its cluster, where rows, files and settings outlive what is rolled back. */
  readonly alone?: boolean;
}

/** The twin while it holds one question's schema. */
export interface Session extends Database {
  readonly started: Started;
  /** One outcome for each statement, in order. */
  run(statements: readonly string[]): Promise<readonly Outcome[]>;
  explain(question: Question): Promise<Explained>;
  /** One answer for each question, in order. `candidates`: oids of the indexes of which each question says what the planner sees. */
  costs(candidates: readonly number[], questions: readonly CostQuestion[]): Promise<readonly PlanCost[]>;
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
  /** Two holdings of one key are the same: the second finds what the first has put there. Its first word is the kind of thing: one gives way to another of its kind. */
  readonly key: string;
  /** Puts in place what is not there yet. `held` is what it returned the last time, undefined the first time. */
  hold(session: Session, held: Held | undefined): Promise<Held>;
}

/** A real Postgres 18 in a thread of this process. Nothing that a question does outlives it. */
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

export function openTwin(options: TwinOptions): Twin {
  const pool = openPool(options);

  /** What is held stays where it is: a question without it gets a worker of its own. */
  async function fromNothing<Result>(needs: Needs, ask: (session: Session) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    const worker = await pool.take({ needs, key: undefined }, signal);
    try {
      await forget(worker);
      await worker.ask({ do: "begin" });
      return await ask(sessionOf(worker, signal));
    } finally {
      if (worker.committed || needs.alone) await worker.end();
      else await restore(worker, "rollback");
      pool.put(worker);
    }
  }

  async function fromHeld<Held, Result>(
    { needs, key, hold }: Holding<Held>,
    ask: (session: Session, held: Held) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    const worker = await pool.take({ needs, key }, signal);
    try {
      if (worker.held?.key !== key) {
        await forget(worker);
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
        await restore(worker, "reset");
      }
    } finally {
      pool.put(worker);
    }
  }

  return { use: fromNothing, holding: fromHeld, close: pool.close };
}

async function forget(worker: Running): Promise<void> {
  if (worker.held) await worker.ask({ do: "rollback" });
  worker.held = undefined;
}

/** Bytes of a worker's memory that are given back by ending it: the 200 MB that 10,000 tables take are not. */
const LARGE = 300 * 1024 * 1024;

/** Where that cannot be done, nothing of the worker is used again. */
async function restore(worker: Running, how: "rollback" | "reset"): Promise<void> {
  if (!worker.alive) return;
  const bytes = await worker.ask({ do: how }).catch(() => undefined);
  if (typeof bytes !== "number" || bytes > LARGE) await worker.end();
}

/** What was put in place only in part is not kept. */
async function heldBy<Held>(worker: Running, hold: () => Promise<Held>): Promise<Held> {
  try {
    return await hold();
  } catch (error) {
    await restore(worker, "rollback");
    worker.held = undefined;
    throw error;
  }
}

function sessionOf(worker: Running, signal: AbortSignal | undefined): Session {
  const { started, ask } = worker;
  return {
    started,
    run: async (statements) => (statements.length === 0 ? [] : ((await ask({ do: "run", statements }, signal)) as readonly Outcome[])),
    read: async <Row>(sql: string, values: readonly unknown[] = []) => (await ask({ do: "read", sql, values }, signal)) as readonly Row[],
    explain: async (question) => (await ask({ do: "explain", ...question }, signal)) as Explained,
    costs: async (candidates, questions) =>
      questions.length === 0 ? [] : ((await ask({ do: "costs", candidates, questions }, signal)) as readonly PlanCost[]),
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
