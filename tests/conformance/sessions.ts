import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type McpServer, WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/server";

interface Serving {
  readonly url: string;
  close(): void;
}

/**
 * Streamable HTTP of revision 2025 with sessions, by the SDK's own transport: a server that asks its client back gets the answer by
 * another POST. Our own HTTP keeps none, since no tool of ours asks.
 */
export async function serveSessions(build: () => McpServer): Promise<Serving> {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  async function transportOf(session: string | undefined) {
    const known = session === undefined ? undefined : sessions.get(session);
    if (known) return known;
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => {
        sessions.set(id, transport);
      },
      onsessionclosed: (id) => {
        sessions.delete(id);
      },
    });
    await build().connect(transport);
    return transport;
  }
  const server = createServer(async (request, response) => {
    const { host = "", "mcp-session-id": session } = request.headers;
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) return response.writeHead(403).end();
    if (session !== undefined && !sessions.has(String(session))) return response.writeHead(404).end();
    const transport = await transportOf(session === undefined ? undefined : String(session));
    const { status, headers, body } = await transport.handleRequest(await webRequest(request));
    response.writeHead(status, Object.fromEntries(headers));
    response.flushHeaders();
    if (body === null) return response.end();
    return pipeline(Readable.fromWeb(body as never), response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function webRequest(request: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  const method = request.method ?? "POST";
  const url = `http://${request.headers.host}${request.url}`;
  return new Request(url, { method, headers, ...(method === "POST" && { body: Buffer.concat(chunks) }) });
}
