import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  type CallToolResult,
  Client,
  type JSONRPCMessage,
  ReadBuffer,
  SdkError,
  SdkErrorCode,
  type Transport,
} from "@modelcontextprotocol/client";
import { bytesOf } from "./cases.ts";

/** A server under test, with a real client on its stdin and stdout. */
export interface Contestant {
  call(tool: string, input: Record<string, unknown>): Promise<Answer>;
  /** What it said on stderr since it was last asked. */
  complaints(): string;
  alive(): boolean;
  stop(): Promise<void>;
}

export interface Answer {
  /** All of it, as it came. */
  readonly text: string;
  readonly isError: boolean;
  readonly limits: readonly string[];
  /** How it says that the statement went to the database. */
  readonly sent: string | undefined;
  /** No answer came in time. */
  readonly unanswered: boolean;
}

/** Milliseconds in which every question must be answered. */
const PATIENCE = 20_000;

export async function startContestant(command: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Contestant> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { env: { PATH: process.env.PATH ?? "", ...environment }, stdio: ["pipe", "pipe", "pipe"] });
  let complaints = "";
  child.stderr.on("data", (chunk) => {
    complaints += chunk;
  });
  const client = new Client({ name: "exam", version: "1" }, { versionNegotiation: { mode: "legacy" } });
  await client.connect(overStdio(child));
  return {
    async call(name, input) {
      try {
        return answered(await client.callTool({ name, arguments: input }, { timeout: PATIENCE }));
      } catch (error) {
        return failed(error);
      }
    },
    complaints() {
      const said = complaints;
      complaints = "";
      return said;
    },
    alive: () => child.exitCode === null && child.signalCode === null,
    async stop() {
      const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
      await client.close();
      child.kill("SIGKILL");
      await ended;
    },
  };
}

interface Ours {
  readonly limits?: readonly string[];
  readonly basis?: { readonly sent?: string };
}

function answered(result: CallToolResult): Answer {
  const { limits = [], basis }: Ours = result.structuredContent ?? {};
  return { text: JSON.stringify(result), isError: result.isError === true, limits, sent: basis?.sent, unanswered: false };
}

/** An error of the protocol is an answer as well; silence and a closed pipe are none. */
function failed(error: unknown): Answer {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const silent = error instanceof SdkError && [SdkErrorCode.RequestTimeout, SdkErrorCode.ConnectionClosed].includes(error.code);
  return { text, isError: true, limits: [], sent: undefined, unanswered: silent };
}

/** Like the SDK's own, which cannot send bytes that are no text. */
function overStdio(child: ChildProcess): Transport {
  const read = new ReadBuffer({ maxBufferSize: 64_000_000 });
  const transport: Transport = {
    async start() {
      child.stdout?.on("data", (chunk: Buffer) => {
        read.append(chunk);
        for (let message = next(read); message !== null; message = next(read)) transport.onmessage?.(message);
      });
      child.once("exit", () => transport.onclose?.());
      child.stdin?.on("error", () => undefined);
    },
    async send(message) {
      child.stdin?.write(bytesOf(`${JSON.stringify(message)}\n`));
    },
    async close() {
      child.stdin?.end();
      transport.onclose?.();
    },
  };
  return transport;
}

/** What a server writes to stdout and is no message is passed over. */
function next(read: ReadBuffer): JSONRPCMessage | null {
  try {
    return read.readMessage();
  } catch {
    return next(read);
  }
}
