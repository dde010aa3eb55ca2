import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { McpServer } from "@modelcontextprotocol/server";
import type { HttpConfig } from "../config.ts";
import { ToolError } from "../error.ts";
import { type ExchangeLimits, exchanges } from "./exchanges.ts";
import { asHost, fromHere, notTooOften, type Rate, withToken } from "./gate.ts";
import { placeOf } from "./place.ts";
import { routes } from "./routes.ts";

interface Limits extends ExchangeLimits {
  /** Milliseconds until the headers, and until the whole request, must have come. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  /** Milliseconds that a connection may wait for its next request. */
  readonly keepAliveTimeout: number;
  /** Milliseconds in which nothing is sent either way after which a connection is given up: streams send a sign of life every 15 s. */
  readonly silence: number;
  readonly connections: number;
  /** Of one address. A fleet behind one proxy has one address, so this stops a loop and not a crowd. */
  readonly rate: Rate;
  /** Milliseconds that running calls have to end when the server is told to. */
  readonly grace: number;
}

const defaultLimits: Limits = {
  body: 256 * 1024,
  atOnce: 256,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  silence: 300_000,
  connections: 512,
  rate: { burst: 3_000, perSecond: 200 },
  grace: 4_000,
};

interface Served {
  /** Where clients find it. */
  readonly url: string;
  readonly needsToken: boolean;
  /** Takes no more requests, has `end` end the calls that run, and waits for their answers. */
  close(end: () => Promise<void>): Promise<void>;
}

/** Streamable HTTP of every revision. Nothing is kept from one request to the next: each has a server of its own. */
export async function serveHttp(config: HttpConfig, build: () => McpServer, changed: Partial<Limits> = {}): Promise<Served> {
  const limits = { ...defaultLimits, ...changed };
  const { address, token, hosts, origins } = await placeOf(config);
  const route = routes({
    exchange: exchanges(build, limits),
    stranger: fromHere({ hosts, origins }),
    tooOften: notTooOften(limits.rate),
    unknown: withToken(token),
  });
  const { headersTimeout, requestTimeout, keepAliveTimeout } = limits;
  const connectionsCheckingInterval = requestTimeout / 20;
  const server = createServer(
    { headersTimeout, requestTimeout, keepAliveTimeout, connectionsCheckingInterval, maxHeaderSize: 16 * 1024 },
    (request, response) => {
      response.once("finish", () => {
        if (!server.listening) request.socket.end();
      });
      route(request, response);
    },
  );
  server.maxConnections = limits.connections;
  server.setTimeout(limits.silence);
  await listen(server, { host: address, port: config.port });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${asHost(config.host)}:${port}/mcp`,
    needsToken: token !== undefined,
    async close(end) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const ended = end().then(() => Promise.race([closed, sleep(ANSWERING)]));
      await Promise.race([ended, sleep(limits.grace)]);
      server.closeAllConnections();
    },
  };
}

/** Milliseconds in which the answers of calls that were ended are written. */
const ANSWERING = 500;

function listen(server: Server, place: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", ({ code }: NodeJS.ErrnoException) => {
      const reason = code === "EADDRINUSE" ? "another program listens there" : code;
      reject(new ToolError("invalid_argument", `--http cannot listen on ${asHost(place.host)}:${place.port}: ${reason}.`));
    });
    server.listen(place, resolve);
  });
}
