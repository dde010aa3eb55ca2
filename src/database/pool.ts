import { setTimeout as sleep } from "node:timers/promises";
import type { AuditLog } from "./audit-log.ts";
import type { Connection } from "./connection-string.ts";
import { codeOf } from "./faults.ts";
import { type Link, openLink } from "./link.ts";
import { type Limits, startupSettings } from "./transaction.ts";

/** Connections between transactions. How many are in use at once is for the queue to bound. */
export interface Pool {
  take(signal: AbortSignal): Promise<Link>;
  /** For a connection that saw no error and has no transaction open. */
  keep(link: Link): void;
  close(): void;
}

/** Connections kept for the next transaction, and for how many milliseconds. */
const IDLE = 2;
const IDLE_TIME = 10_000;

const ATTEMPTS_AT_A_FULL_SERVER = 3;

interface Options {
  readonly limits: Limits;
  readonly auditLog: AuditLog | undefined;
}

export function openPool(connection: Connection, { limits, auditLog }: Options): Pool {
  const idle = new Map<Link, NodeJS.Timeout>();
  const taken = new Set<Link>();
  let startup: Readonly<Record<string, string>> | undefined = startupSettings(limits);
  let closed = false;

  async function open(signal: AbortSignal): Promise<Link> {
    const options = { connection, deadline: 2 * limits.statementTimeout, signal, auditLog };
    try {
      return await openLink({ ...options, startup });
    } catch (error) {
      if (startup === undefined || !refusesSettings.test(codeOf(error))) throw error;
      const link = await openLink({ ...options, startup: undefined });
      startup = undefined;
      return link;
    }
  }

  /** At a full server, as long as other questions of ours have a connection: one of theirs will do when they are done. */
  async function takePatiently(signal: AbortSignal, attempts: number): Promise<Link> {
    try {
      return takeIdle() ?? (await open(signal));
    } catch (error) {
      if (codeOf(error) !== TOO_MANY_CONNECTIONS || (attempts <= 1 && !hasOthers())) throw error;
      await sleep(200 + Math.random() * 400, undefined, { signal });
      return takePatiently(signal, attempts - 1);
    }
  }

  function hasOthers(): boolean {
    for (const link of taken) if (link.broken()) taken.delete(link);
    return taken.size + idle.size > 0;
  }

  function takeIdle(): Link | undefined {
    for (const [link, timer] of idle) {
      clearTimeout(timer);
      idle.delete(link);
      if (!link.broken()) return link;
    }
    return undefined;
  }

  return {
    async take(signal) {
      const link = await takePatiently(signal, ATTEMPTS_AT_A_FULL_SERVER);
      taken.add(link);
      return link;
    },
    keep(link) {
      taken.delete(link);
      const expire = () => {
        idle.delete(link);
        link.end();
      };
      if (closed || idle.size >= IDLE) expire();
      else idle.set(link, setTimeout(expire, IDLE_TIME).unref());
    },
    close() {
      closed = true;
      for (let link = takeIdle(); link !== undefined; link = takeIdle()) link.end();
    },
  };
}

const TOO_MANY_CONNECTIONS = "53300";

/** From PgBouncer, RDS Proxy, or a server that does not know one of the settings or cannot take it on its platform. */
const refusesSettings = /^(08P01|0A000|42704|22023)$/;
