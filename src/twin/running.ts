import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { type Refused, ToolError } from "../error.ts";
import type { Answer, Request, Start, Started } from "./messages.ts";
import type { Needs, TwinOptions } from "./twin.ts";

/** 400 MB: half of it is PGlite at rest, and no schema that was tried needed more than the other half. */
const MEMORY_PAGES = 6144;
const DEADLINE_MS = 15_000;

/** A thread with a Postgres in it. */
export interface Running {
  readonly needs: Needs;
  started: Started;
  readonly ask: (request: Request, signal?: AbortSignal) => Promise<unknown>;
  readonly end: () => Promise<void>;
  questions: number;
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
  const thread = new Worker(new URL("twin-worker.js", folder), { workerData: start, stdout: true, stderr: true });
  thread.unref();
  const pending = new Map<number, Pending>();
  let sent = 0;

  const running: Running = {
    needs,
    started: { version: "", sizes },
    questions: 0,
    alive: true,
    committed: false,
    held: undefined,
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
    let started = false;
    const failed = (reason: string) => fail(started ? brokenOff() : notStarted(reason));
    pending.set(0, { resolve: () => undefined, reject });
    thread.on("error", ({ message }) => failed(message));
    thread.on("exit", (code) => failed(`its thread ended with code ${code}`));
    thread.on("message", (answer: Answer) => {
      if ("started" in answer) {
        started = true;
        pending.delete(0);
        running.started = answer.started;
        resolve(running);
      } else if ("broken" in answer) failed(answer.broken);
      else if ("refused" in answer) pending.get(answer.id)?.reject(refusedByTwin(answer.refused));
      else pending.get(answer.id)?.resolve(answer.result);
    });
  });
}

const notStarted = (reason: string) =>
  new ToolError("twin_failed", `The twin could not start: ${reason}. If asking again does not help, install backend-db-mcp anew.`);

/** Without the reason: what Postgres says of a fault may hold a value of the statistics. */
const brokenOff = () =>
  new ToolError("twin_failed", "The twin's Postgres broke off while it worked on this. Ask again: the next call gets a fresh one.", {
    retryable: true,
  });

/** Only our own statements are sent where a refusal is not a value, so one of them is wrong. */
const refusedByTwin = ({ code, message }: Refused) => new Error(`the twin refused a statement of ours (${code}): ${message}`);

export const cancelled = () => new ToolError("cancelled", "The call was cancelled.");

const tooSlow = (deadline: number) =>
  new ToolError(
    "timeout",
    `Postgres took longer than ${deadline / 1000} s for one statement in the twin and was stopped. Look for huge constants, very long IN lists, many joined tables or a loop, and ask again with a smaller statement.`,
  );
