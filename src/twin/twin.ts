import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Database } from "../database/database.ts";
import { type Refused, ToolError } from "../error.ts";
import type { Answer, Executed, Explained, IndexSize, Outcome, RelationSize, Request, Start, Started } from "./messages.ts";

export interface TwinOptions {
  /** The built worker, and the template made beside it. */
  readonly worker: URL;
  readonly template: URL;
  /** Milliseconds that one request may take before its worker is ended. */
  readonly deadline?: number;
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
  /** Keeps the schema and forgets its sizes, so that nothing is locked any more and scripts run as on a server. The worker is ended with the question. */
  commit(): Promise<void>;
  /** One statement as a client sends it. */
  execute(sql: string): Promise<Executed>;
}

/** A real Postgres 18 in a thread of this process. One question at a time; nothing of a question outlives it. */
export interface Twin {
  use<Result>(needs: Needs, ask: (session: Session) => Promise<Result>, signal?: AbortSignal): Promise<Result>;
  close(): Promise<void>;
}

/** 400 MB: half of it is PGlite at rest, and no schema that was tried needed more than the other half. */
const MEMORY_PAGES = 6144;
const DEADLINE_MS = 15_000;
/** Rolled-back catalog rows are never vacuumed, so a worker is replaced after as many questions. */
const QUESTIONS_PER_WORKER = 200;
const WAITING = 32;

interface Running {
  readonly needs: Needs;
  started: Started;
  readonly ask: (request: Request, signal?: AbortSignal) => Promise<unknown>;
  readonly end: () => Promise<void>;
  questions: number;
  alive: boolean;
  /** Holds more than Postgres came with. */
  committed: boolean;
}

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

  async function question<Result>(needs: Needs, ask: (session: Session) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    if (signal?.aborted) throw cancelled();
    const worker = await workerFor(needs);
    worker.questions += 1;
    await worker.ask({ do: "begin" });
    try {
      return await ask(sessionOf(worker, signal));
    } finally {
      if (worker.committed) await worker.end();
      else if (worker.alive) await worker.ask({ do: "rollback" });
    }
  }

  return {
    async use(needs, ask, signal) {
      if (waiting >= WAITING) {
        throw new ToolError("busy", "Too many questions are waiting for the planner. Ask again in a few seconds.", {
          retryable: true,
          retry_after_s: 5,
        });
      }
      waiting += 1;
      const mine = turn.then(() => question(needs, ask, signal));
      turn = mine.catch(() => undefined);
      try {
        return await mine;
      } finally {
        waiting -= 1;
      }
    },
    async close() {
      await running?.end();
    },
  };
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
    commit: async () => {
      worker.committed = true;
      await ask({ do: "commit" }, signal);
    },
    execute: async (sql) => (await ask({ do: "execute", sql }, signal)) as Executed,
  };
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

async function startWorker(options: TwinOptions, needs: Needs): Promise<Running> {
  const { worker: url, template, deadline = DEADLINE_MS, memoryPages = MEMORY_PAGES, sizes = "hook" } = options;
  const start: Start = {
    template: fileURLToPath(template),
    database: needs.sortsByBytes ? "postgres" : "linguistic",
    extensions: needs.extensions,
    memoryPages,
    sizes,
  };
  const thread = new Worker(url, { workerData: start, stdout: true, stderr: true });
  thread.unref();
  const pending = new Map<number, Pending>();
  let sent = 0;

  const running: Running = {
    needs,
    started: { version: "", sizes },
    questions: 0,
    alive: true,
    committed: false,
    ask: (request, signal) =>
      new Promise((resolve, reject) => {
        if (!running.alive) return reject(new Error("the twin's worker has ended"));
        const id = ++sent;
        const timer = setTimeout(() => fail(tooSlow(deadline)), deadline);
        const abort = () => fail(cancelled());
        signal?.addEventListener("abort", abort, { once: true });
        const settled = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", abort);
          pending.delete(id);
        };
        pending.set(id, {
          resolve: (result) => {
            settled();
            resolve(result);
          },
          reject: (error) => {
            settled();
            reject(error);
          },
        });
        thread.postMessage({ id, request });
      }),
    end: async () => {
      running.alive = false;
      await thread.terminate();
    },
  };

  /** Ends the thread: Postgres in WebAssembly cannot be interrupted, only stopped. */
  function fail(error: Error): void {
    running.alive = false;
    void thread.terminate();
    for (const { reject } of [...pending.values()]) reject(error);
  }

  return new Promise((resolve, reject) => {
    pending.set(0, { resolve: () => undefined, reject });
    thread.on("error", (error) => fail(new Error("the twin's worker failed", { cause: error })));
    thread.on("exit", () => fail(new Error("the twin's worker ended")));
    thread.on("message", (answer: Answer) => {
      if ("started" in answer) {
        pending.delete(0);
        running.started = answer.started;
        resolve(running);
      } else if ("broken" in answer) fail(new Error(`the twin's Postgres failed: ${answer.broken}`));
      else if ("refused" in answer) pending.get(answer.id)?.reject(refusedByTwin(answer.refused));
      else pending.get(answer.id)?.resolve(answer.result);
    });
  });
}

/** Only our own statements are sent where a refusal is not a value, so one of them is wrong. */
const refusedByTwin = ({ code, message }: Refused) => new Error(`the twin refused a statement of ours (${code}): ${message}`);

const cancelled = () => new ToolError("cancelled", "The call was cancelled.");

const tooSlow = (deadline: number) =>
  new ToolError(
    "timeout",
    `Postgres took longer than ${deadline / 1000} s for one statement in the twin and was stopped. Look for huge constants, very long IN lists, many joined tables or a loop, and ask again with a smaller statement.`,
  );
