import type { IncomingMessage, ServerResponse } from "node:http";
import type { Gate } from "./gate.ts";
import { refuse } from "./refuse.ts";

interface Ways {
  /** For a POST to /mcp that passed the gates. */
  readonly exchange: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Asked on every route. */
  readonly stranger: Gate;
  readonly tooOften: Gate;
  readonly unknown: Gate;
}

/** No revision of the protocol demands another method of a server without sessions; whether we live is told to everybody. */
const methodsOf = new Map([
  ["/mcp", ["POST"]],
  ["/healthz", ["GET", "HEAD"]],
]);

export function routes({ exchange, stranger, tooOften, unknown }: Ways) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const path = pathOf(request);
    const refusal = stranger(request) ?? misdirected(request) ?? (path === "/mcp" ? (tooOften(request) ?? unknown(request)) : undefined);
    if (refusal) refuse(request, response, refusal);
    else if (path === "/healthz") response.writeHead(200, { "content-type": "text/plain" }).end("ok\n");
    // What fails here is the connection, and nobody is left to be told.
    else exchange(request, response).catch(() => response.destroy());
  };
}

const misdirected: Gate = (request) => {
  const methods = methodsOf.get(pathOf(request));
  if (methods === undefined) return { status: 404, message: "Nothing is here. MCP is served at /mcp." };
  if (methods.includes(request.method ?? "")) return undefined;
  const allow = methods.join(", ");
  return { status: 405, message: `Only ${allow} is served here.`, headers: { allow } };
};

const pathOf = ({ url = "" }: IncomingMessage) => url.split("?", 1)[0] ?? "";
