import { ToolError } from "../error.ts";
import { cancelled, type Running, startWorker } from "./running.ts";
import type { Needs, TwinOptions } from "./twin.ts";

/** What a question asks of its worker. */
export interface Wanted {
  readonly needs: Needs;
  /** Of what it is to hold. */
  readonly key: string | undefined;
}

export interface Pool {
  /** The worker that suits best, as soon as it is free. It is the caller's until he puts it back. */
  take(wanted: Wanted, signal: AbortSignal | undefined): Promise<Running>;
  put(worker: Running): void;
  close(): Promise<void>;
}

/** Of two, one may wait for what runs long while the other answers. Each takes 100 MB, and at most some 700. */
const WORKERS = 2;
/** Milliseconds that a question may take before another one no longer waits for its worker but gets one of its own. */
const PATIENCE_MS = 1000;
/** Questions that wait or run. */
const QUESTIONS = 32;
/** Milliseconds: together with the time that a question may take, no client has to wait longer. */
const WAIT_MS = 20_000;
/** Milliseconds for all statements of a question. A schema of 2,000 tables takes a quarter of it. */
const BUDGET_MS = 120_000;
/** Rolled-back catalog rows are never vacuumed, so a worker is replaced after as many questions. */
const QUESTIONS_PER_WORKER = 200;
/** What is not asked for so long is given back: about 100 MB. */
const IDLE_MS = 600_000;

interface Seat {
  worker: Running | undefined;
  /** When its question began, or undefined while it has none. */
  busySince: number | undefined;
  /** When its last question ended. */
  idleSince: number;
}

interface Waiting {
  readonly wanted: Wanted;
  seated(seat: Seat): void;
  refused(error: Error): void;
}

/** Deals the workers out: each holds what its last question needed, and one that answers quickly is waited for. */
export function openPool(options: TwinOptions): Pool {
  const seats: Seat[] = [];
  const waiting: Waiting[] = [];
  let idle: NodeJS.Timeout | undefined;
  let again: NodeJS.Timeout | undefined;

  function seatWaiting(): void {
    for (const call of [...waiting]) {
      const seat = seatFor(seats, call.wanted);
      if (!seat) continue;
      waiting.splice(waiting.indexOf(call), 1);
      if (!seats.includes(seat)) seats.push(seat);
      seat.busySince = performance.now();
      call.seated(seat);
    }
    clearTimeout(again);
    if (waiting.length > 0) again = setTimeout(seatWaiting, PATIENCE_MS).unref();
  }

  const seated = (wanted: Wanted, signal: AbortSignal | undefined) =>
    new Promise<Seat>((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled());
      const busy = seats.filter(({ busySince }) => busySince !== undefined);
      if (waiting.length + busy.length >= QUESTIONS) return reject(tooMany());
      const timer = setTimeout(() => call.refused(tooMany()), WAIT_MS);
      const abort = () => call.refused(cancelled());
      const left = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      };
      const call: Waiting = {
        wanted,
        seated(seat) {
          left();
          resolve(seat);
        },
        refused(error) {
          left();
          waiting.splice(waiting.indexOf(call), 1);
          reject(error);
        },
      };
      signal?.addEventListener("abort", abort, { once: true });
      waiting.push(call);
      seatWaiting();
    });

  function free(seat: Seat): void {
    seat.busySince = undefined;
    seat.idleSince = performance.now();
    if (!seat.worker?.alive) seats.splice(0, seats.length, ...seats.filter((other) => other !== seat));
    seatWaiting();
    clearTimeout(idle);
    if (seats.every(({ busySince }) => busySince === undefined)) idle = setTimeout(endAll, options.idle ?? IDLE_MS).unref();
  }

  async function endAll(): Promise<void> {
    await Promise.all(seats.splice(0).map(({ worker }) => worker?.end()));
  }

  return {
    async take(wanted, signal) {
      const seat = await seated(wanted, signal);
      clearTimeout(idle);
      try {
        seat.worker = await workerFor(seat, wanted, options);
      } catch (error) {
        seat.worker = undefined;
        free(seat);
        throw error;
      }
      seat.worker.questions += 1;
      seat.worker.until = performance.now() + (options.budget ?? BUDGET_MS);
      return seat.worker;
    },
    put(worker) {
      const seat = seats.find((each) => each.worker === worker);
      if (seat) free(seat);
    },
    async close() {
      clearTimeout(idle);
      for (const { refused } of [...waiting]) refused(cancelled());
      await endAll();
    },
  };
}

/** Undefined: it is better to wait. */
function seatFor(seats: readonly Seat[], wanted: Wanted): Seat | undefined {
  const free = seats.filter(({ busySince }) => busySince === undefined).sort((one, other) => one.idleSince - other.idleSince);
  const holding = free.find(({ worker }) => worker && wanted.key !== undefined && worker.held?.key === wanted.key);
  if (holding) return holding;
  if (seats.some(({ busySince }) => busySince !== undefined && performance.now() - busySince < PATIENCE_MS)) return undefined;
  const similar = free.find(({ worker }) => worker && wanted.key !== undefined && isLike(worker, wanted));
  const empty = free.find(({ worker }) => worker && !worker.held && serves(worker, wanted));
  return similar ?? empty ?? (seats.length < WORKERS ? { worker: undefined, busySince: undefined, idleSince: 0 } : free[0]);
}

/** Holds what gives way to what is asked for now. */
const isLike = (worker: Running, wanted: Wanted) => kindOf(worker.held?.key) === kindOf(wanted.key) && serves(worker, wanted);

const kindOf = (key = "") => key.split(" ", 1)[0];

/** Where a caller's code ran or is to run, it finds nothing of another question, and leaves nothing to one. */
function serves({ needs, questions, alive, held }: Running, { needs: wanted, key }: Wanted): boolean {
  const shared = !needs.alone && !wanted.alone;
  return (
    alive &&
    (shared || (held !== undefined && held.key === key)) &&
    needs.sortsByBytes === wanted.sortsByBytes &&
    questions < QUESTIONS_PER_WORKER &&
    wanted.extensions.every((extension) => needs.extensions.includes(extension))
  );
}

async function workerFor({ worker }: Seat, wanted: Wanted, options: TwinOptions): Promise<Running> {
  if (worker && serves(worker, wanted)) return worker;
  await worker?.end();
  const extensions = [...new Set([...(wanted.needs.alone ? [] : (worker?.needs.extensions ?? [])), ...wanted.needs.extensions])];
  return startWorker(options, { ...wanted.needs, extensions });
}

const tooMany = () =>
  new ToolError("busy", "Too many questions are waiting for the planner. Ask again in a few seconds.", {
    retryable: true,
    retry_after_s: 5,
  });
