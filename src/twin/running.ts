import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { type Refused, ToolError } from "../error.ts";
import type { Answer, Request, Start, Started } from "./messages.ts";
import type { Needs, TwinOptions } from "./twin.ts";

/** 400 MB: half of it is PGlite at rest, and no schema that was tried needed more than the other half. */
const MEMORY_PAGES = 6144;
const DEADLINE_MS = 15_000;
/** Takes half a second where the machine has nothing else to do. */
const START_MS = 60_000;
/** What a cancelled call still runs is mostly over by then, and the worker need not be made anew. */
const GRACE_MS = 300;

/**
 * Of the thread's JavaScript: what is read of a catalog. The stack is Postgres's too: at 4 MB, Node's own measure, nested
 * JSON exhausts it before Postgres counts its `max_stack_depth`, and nothing of that cluster can be used any more.
 */
const RESOURCES = { maxOldGenerationSizeMb: 256, stackSizeMb: 32 };

/** A thread with a Postgres in it. */
export interface Running {
  readonly needs: Needs;
  started: Started;
  readonly ask: (request: Request, signal?: AbortSignal) => Promise<unknown>;
  readonly end: () => Promise<void>;
  questions: number;
  /** When the question must be answered, by `performance.now()`. */
  until: number;
  alive: boolean;
  /** Holds more than Postgres came with. */
  committed: boolean;
  held: { readonly key: string; readonly value: unknown } | undefined;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Resolves when its Postgres answers. Whatever ends the thread rejects what is asked of it. */
export async function startWorker(options: TwinOptions, needs: Needs): Promise<Running> {
  const { folder, deadline = DEADLINE_MS, memoryPages = MEMORY_PAGES, sizes = "hook" } = options;
  const sorting = needs.sortsByBytes ? "bytes" : "linguistic";
  const start: Start = {
    image: fileURLToPath(new URL(`twin-${sorting}.image`, folder)),
    sorting,
    extensions: needs.extensions,
    memoryPages,
    sizes,
  };
  const thread = new Worker(new URL("twin-worker.js", folder), {
    workerData: start,
    stdout: true,
    stderr: true,
    // Where the secrets are.
    env: {},
    resourceLimits: RESOURCES,
  });
  thread.unref();
  const pending = new Map<number, Pending>();
  let sent = 0;
  let ended: Error = new Error("the twin's worker has ended");

  const running: Running = {
    needs,
    started: { version: "", sizes },
    questions: 0,
    until: Number.POSITIVE_INFINITY,
    alive: true,
    committed: false,
    held: undefined,
    ask: (request, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(cancelled());
        if (!running.alive) return reject(ended);
        const id = ++sent;
        const left = Math.max(0, running.until - performance.now());
        let timer = setTimeout(() => fail(left < deadline ? tooMuch() : tooSlow(deadline)), Math.min(deadline, left));
        const abort = () => {
          clearTimeout(timer);
          timer = setTimeout(() => fail(cancelled()), GRACE_MS);
          reject(cancelled());
        };
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
    if (running.alive) ended = error;
    running.alive = false;
    void thread.terminate();
    for (const { reject } of [...pending.values()]) reject(error);
  }

  return new Promise((resolve, reject) => {
    let started = false;
    const failed = (reason: string) => fail(started ? brokenOff() : notStarted(reason));
    const late = setTimeout(() => failed(`it did not come up within ${START_MS / 1000} s`), START_MS);
    const up = () => {
      clearTimeout(late);
      pending.delete(0);
    };
    pending.set(0, {
      resolve: up,
      reject: (error) => {
        up();
        reject(error);
      },
    });
    thread.on("error", ({ message }) => failed(message));
    thread.on("exit", (code) => failed(`its thread ended with code ${code}`));
    thread.on("message", (answer: Answer) => {
      if ("started" in answer) {
        started = true;
        up();
        running.started = answer.started;
        resolve(running);
      } else if ("broken" in answer) failed(answer.broken);
      else if ("refused" in answer) pending.get(answer.id)?.reject(refusedByTwin(answer.refused, needs));
      else pending.get(answer.id)?.resolve(answer.result);
    });
  });
}

const notStarted = (reason: string) =>
  new ToolError("twin_failed", `The twin could not start: ${reason}. If asking again does not help, install backend-db-mcp anew.`);

/** Without the reason: what Postgres says of a fault may hold a value of the statistics. */
const brokenOff = () =>
  new ToolError(
    "twin_failed",
    "The twin's Postgres broke off while it worked on this. Ask again: the next call gets a fresh one. If that breaks off too, leave out what is nested very deeply, returns very much or changes Postgres's own catalog.",
    { retryable: true },
  );

/** Resources and limits (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const tooLarge = /^5[34]/;

/** Only our own statements are sent where a refusal is not a value: one of them is wrong, unless the caller's SQL took away what they rest on. */
function refusedByTwin({ code, message }: Refused, { alone }: Needs): Error {
  if (tooLarge.test(code)) {
    return new ToolError(
      "too_large",
      `The twin has not as much memory or disk as this takes (SQLSTATE ${code}). Ask about fewer tables or statements.`,
    );
  }
  if (!alone) return new Error(`the twin refused a statement of ours (${code}): ${message}`);
  return new ToolError(
    "twin_failed",
    `After these statements the twin's Postgres could not be read any more (SQLSTATE ${code}). Leave out what changes settings, roles or Postgres's own catalog, and ask again.`,
  );
}

export const cancelled = () => new ToolError("cancelled", "The call was cancelled.");

const tooSlow = (deadline: number) =>
  new ToolError(
    "timeout",
    `Postgres took longer than ${deadline / 1000} s for one statement in the twin and was stopped. Look for huge constants, very long IN lists, many joined tables or a loop, and ask again with a smaller statement.`,
  );

const tooMuch = () =>
  new ToolError(
    "timeout",
    "The statements of this call took the twin longer than a call may take together, and it was stopped. Ask about fewer statements or tables at once.",
  );
