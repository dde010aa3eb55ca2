import type { IncomingMessage, ServerResponse } from "node:http";

export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of JSON-RPC. */
  readonly code?: number;
}

/** The first of those that JSON-RPC leaves to servers: https://www.jsonrpc.org/specification#error_object */
const SERVER_ERROR = -32_000;

/** Milliseconds for which a client that was refused may go on sending. */
const PATIENCE = 2_000;

/**
 * The answer is out at once. Then the rest of the body is read and forgotten, because a connection that is closed on a
 * client that is still sending is reset, and the answer lost.
 */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, message, headers, code = SERVER_ERROR }: Refusal,
): void {
  const body = JSON.stringify({ jsonrpc: "2.0", id: null, error: { code, message } });
  const sending = isSending(request);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...(sending && { connection: "close" }),
    ...headers,
  });
  if (!sending) {
    response.end(body);
    return;
  }
  response.write(body);
  const impatient = setTimeout(() => request.destroy(), PATIENCE);
  request.once("close", () => clearTimeout(impatient));
  request.once("end", () => response.end());
  request.resume();
}

const isSending = ({ complete, headers }: IncomingMessage) =>
  !complete && (headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0);
