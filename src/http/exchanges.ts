import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { createMcpHandler, type McpServer, ProtocolError } from "@modelcontextprotocol/server";
import { asLogged } from "../redact.ts";
import { refuse } from "./refuse.ts";

export interface ExchangeLimits {
  /** Bytes of a request. A schema as DDL text is the largest thing that is sent. */
  readonly body: number;
  /** Requests that are worked on, streams that wait for news among them. The queues of database and twin are shorter. */
  readonly atOnce: number;
}

/** What we look at of a message; the SDK judges all of it. */
interface Message {
  readonly method?: unknown;
  readonly id?: unknown;
  readonly params?: { readonly requestId?: unknown };
}

/** https://www.jsonrpc.org/specification#error_object */
const PARSE_ERROR = -32_700;

/**
 * Each POST is one exchange with a server of its own, whatever came before. Clients of revisions before 2026 cancel by a
 * second POST, so with `initialize` they are given a session id; it names what they have running here and nothing else,
 * and any instance takes the ids of any other.
 */
export function exchanges(build: () => McpServer, { body: most, atOnce }: ExchangeLimits) {
  const handler = createMcpHandler(build, { maxSubscriptions: Math.ceil(atOnce / 4), onerror: log });
  const running = new Set<{ readonly name: string; readonly gone: AbortController }>();

  async function answer(request: IncomingMessage, response: ServerResponse, message: unknown): Promise<void> {
    const { method, id, params } = (message ?? {}) as Message;
    const session = request.headers["mcp-session-id"];
    const nameOf = (id: unknown) => JSON.stringify([session, id]);
    if (method === "initialize") response.setHeader("mcp-session-id", randomUUID());
    if (method === "notifications/cancelled" && session !== undefined) {
      const cancelled = nameOf(params?.requestId);
      for (const { name, gone } of running) if (name === cancelled) gone.abort();
    }
    const gone = new AbortController();
    const entry = { name: nameOf(id), gone };
    response.once("close", () => {
      if (!response.writableFinished) gone.abort();
    });
    running.add(entry);
    try {
      await send(await handler.fetch(webRequest(request, gone.signal), { parsedBody: message }), response);
    } finally {
      running.delete(entry);
    }
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (running.size >= atOnce)
      return refuse(request, response, {
        status: 503,
        message: `busy: ${running.size} requests are being worked on. Try again in 2 s.`,
        headers: { "retry-after": "2" },
      });
    const body = await readBody(request, most);
    if (body === undefined) return refuse(request, response, { status: 413, message: `A request has at most ${most} bytes.` });
    const parsed = parse(body);
    if (parsed === undefined)
      return refuse(request, response, { status: 400, code: PARSE_ERROR, message: "Parse error: the body is not JSON in UTF-8." });
    await answer(request, response, parsed.message);
  };
}

/** What the SDK refuses is reported here as well; the client is told, and might fill the log with it. */
function log(error: Error): void {
  const told = error instanceof ProtocolError || /^(Rejected inbound request|Unsupported Media Type)/.test(error.message);
  if (!told) console.error(asLogged(error));
}

/** Undefined: it is longer than `most` bytes. Rejects when the client goes away or takes too long. */
async function readBody(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"]) > most) return undefined;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= most) chunks.push(chunk);
      else resolve(undefined);
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("error", reject);
  });
}

function parse(body: Buffer): { readonly message: unknown } | undefined {
  try {
    return { message: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) };
  } catch {
    return undefined;
  }
}

/** As the SDK's handler wants it, which is made for web platforms; the token stays here. */
function webRequest({ headers }: IncomingMessage, signal: AbortSignal): Request {
  const passed = Object.entries(headers).filter(([name]) => name !== "authorization" && name !== "cookie");
  return new Request("http://localhost/mcp", { method: "POST", headers: passed.map(([name, value]) => [name, String(value)]), signal });
}

/** Resolves when the answer is written. When the client goes away first, the stream that makes it is cancelled. */
async function send({ status, headers, body }: Response, response: ServerResponse): Promise<void> {
  const { connection: _, ...passed } = Object.fromEntries(headers);
  response.writeHead(status, passed);
  if (body === null) response.end();
  else await pipeline(body, response);
}
