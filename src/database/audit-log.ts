import { closeSync, fstatSync, openSync, statSync, writeSync } from "node:fs";
import { ToolError } from "../error.ts";
import { maskedTokens } from "../sql/masked.ts";
import { codeOf } from "./faults.ts";

/** Why a statement is sent. */
export interface Cause {
  /** Of the tool or of the command. */
  readonly name: string;
  /** The client's id of its JSON-RPC request. */
  readonly request?: string | number;
}

export interface Sent {
  /** As `describe` tells it. */
  readonly database: string;
  readonly cause: Cause | undefined;
  readonly backend: number | undefined;
  readonly text: string;
  readonly parameters: number;
  /** Asked when it failed. */
  cancelled(): boolean;
}

/** One line of JSON for each statement that was sent, in the order in which they ended. */
export interface AuditLog {
  /**
   * Sends a statement and writes its line before the rows are given out. While a line waits that could not be written,
   * nothing is sent: throws what the caller may do about it.
   */
  watch<Row>(sent: Sent, send: () => Promise<readonly Row[]>): Promise<readonly Row[]>;
  /** Also statements without an answer get their line. */
  close(): void;
}

/** Rows, or why there are none. */
type Outcome = { readonly rows: number; readonly outcome: "ok" } | { readonly outcome: string };

/** Opens the file, once. Throws where it is none that can be appended to. */
export function openAuditLog(file: string): AuditLog {
  const descriptor = opened(file);
  const unanswered = new Set<(outcome: Outcome) => void>();
  let waiting: Buffer[] = [];
  let failing = false;
  let closed = false;

  /** A full disk may take a part of a line; the rest of it comes first when there is room again. */
  function write(): void {
    try {
      if (fstatSync(descriptor).nlink === 0) throw deleted();
      for (let [line] = waiting; line !== undefined; [line] = waiting) {
        const written = writeSync(descriptor, line);
        waiting = written < line.length ? [line.subarray(written), ...waiting.slice(1)] : waiting.slice(1);
      }
      failing = false;
    } catch (error) {
      const reason = error instanceof ToolError ? error : unwritten(codeOf(error));
      if (!failing) console.error(`backend-db-mcp: ${file}: ${reason.message}`);
      failing = true;
      throw reason;
    }
  }

  function close(): void {
    if (closed) return;
    closed = true;
    process.off("exit", close);
    for (const end of unanswered) end({ outcome: "unanswered" });
    try {
      if (waiting.length > 0) write();
    } catch {
      console.error(`backend-db-mcp: ${file}: ${waiting.length} lines of the audit log are lost.`);
    }
    closeSync(descriptor);
  }
  process.once("exit", close);

  return {
    async watch(sent, send) {
      const told = await shown(sent.text);
      if (closed) throw new ToolError("cancelled", "The audit log is closed, so nothing is sent any more.");
      write();
      const { database, cause, backend, parameters } = sent;
      const [time, start] = [new Date().toISOString(), performance.now()];
      const end = (outcome: Outcome) => {
        if (!unanswered.delete(end)) return;
        const duration_ms = Math.round((performance.now() - start) * 1000) / 1000;
        const ending = outcome.outcome !== "ok" && sent.cancelled() ? { outcome: "cancelled" } : outcome;
        const line = { time, database, cause: shortened(cause), backend, ...told, parameters, duration_ms, ...ending };
        waiting = [...waiting, Buffer.from(`${JSON.stringify(line)}\n`)];
      };
      unanswered.add(end);
      const [answer] = await Promise.allSettled([send()]);
      if (answer.status === "fulfilled") end({ rows: answer.value.length, outcome: "ok" });
      else end({ outcome: codeOf(answer.reason) || "failed" });
      if (!closed) write();
      if (answer.status === "rejected") throw answer.reason;
      return answer.value;
    },
    close,
  };
}

/** A pipe or a terminal would hold up every question when nobody reads it, and stdout belongs to MCP. */
function opened(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found && !found.isFile()) throw new ToolError("invalid_argument", `The audit log ${file} is not a file. Name one to append to.`);
  try {
    return openSync(file, "a", 0o600);
  } catch (error) {
    throw new ToolError(
      "invalid_argument",
      `The audit log ${file} cannot be opened (${codeOf(error)}). Nothing is served without it: name a file that this user may append to.`,
    );
  }
}

const deleted = () =>
  new ToolError(
    "connection_failed",
    "The file of the audit log was deleted, so nothing more is sent to the database. Whoever runs this server must start it again.",
  );

const unwritten = (code: string) =>
  new ToolError(
    "connection_failed",
    `The audit log cannot be written (${code}), so nothing is sent to the database until it can. Whoever runs this server must make room for it.`,
    { retryable: true, retry_after_s: 30 },
  );

/** A client may choose any text as the id of its request. */
const shortened = (cause: Cause | undefined) =>
  cause && { ...cause, ...(typeof cause.request === "string" && { request: cause.request.slice(0, 100) }) };

interface Shown {
  readonly statement: string | undefined;
  readonly sql: string | undefined;
  readonly masked: boolean;
}

/** Our own statements are fixed text, and marked. Whatever else is sent may hold a caller's words. */
async function shown(text: string): Promise<Shown> {
  const statement = nameOf(text);
  if (statement !== undefined || /^[a-z _]+$/.test(text)) return { statement, sql: text, masked: false };
  const sql = await maskedTokens(text);
  return { statement, sql, masked: sql !== text };
}

/** What our mark calls the statement. A caller's text never comes first in what is sent, so it cannot forge one. */
export const nameOf = (text: string): string | undefined => /^\s*\w+ \/\* (backend-db-mcp(?:: [^*]*)?) \*\//.exec(text)?.[1];
