import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as StreamableHTTPClientTransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport as TransportV1 } from "@modelcontextprotocol/sdk/shared/transport.js";
import { afterAll, onTestFinished } from "vitest";
import { readConfig } from "../../src/config.ts";
import { serveHttp } from "../../src/http/serve.ts";
import { openServices } from "../../src/runtime.ts";
import { buildServer } from "../../src/server.ts";

const program = new URL("../../dist/index.js", import.meta.url).pathname;

/** What all clients here are asked in: the SDK of today in both protocols, and the SDK that most hosts still run. */
export const generations = ["v2 in the protocol of 2026", "v2 in that of 2025", "v1"] as const;
export type Generation = (typeof generations)[number];

interface Told {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

async function spawnProgram({ args = [], environment = {} }: Told) {
  const child = spawn(process.execPath, [program, "--http", "0", ...args], { env: { ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  const written = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => (written.stdout += data));
  child.stderr.on("data", (data) => (written.stderr += data));
  const ended = once(child, "exit");
  let url: string | undefined;
  while (url === undefined) {
    await once(child.stderr, "data");
    url = /http:\/\/\S+\/mcp/.exec(written.stderr)?.[0];
  }
  return { url, written, child, ended };
}

/** The built program, serving on a free port of this machine for one test. */
export async function spawnHttp(told: Told = {}) {
  const spawned = await spawnProgram(told);
  onTestFinished(() => void spawned.child.kill("SIGKILL"));
  return spawned;
}

const kept = new Map<string | undefined, ReturnType<typeof spawnProgram>>();
afterAll(async () => {
  for (const spawned of kept.values()) (await spawned).child.kill("SIGKILL");
});

/** One for all tests of a file, which keeps its twin from one to the next. Without a database it needs none. */
export function spawnOnce(database: string | undefined) {
  const spawned = kept.get(database) ?? spawnProgram(database === undefined ? {} : { environment: { DATABASE_URL: database } });
  kept.set(database, spawned);
  return spawned;
}

/** The same in this process, with other limits. */
export async function serveHere(limits: Parameters<typeof serveHttp>[2], args: readonly string[] = []): Promise<string> {
  const config = readConfig(["--http", "0", ...args], {});
  if ("mistake" in config || !config.http) throw new Error("these arguments do not serve HTTP");
  const services = openServices(config);
  const served = await serveHttp(config.http, () => buildServer(config, services), limits);
  onTestFinished(() => served.close(() => services.close()));
  return served.url;
}

interface Caller {
  readonly generation: Generation;
  readonly token?: string;
}

/** What both generations of the SDK have in common as far as it is asked here. */
export type AnyClient = Pick<Client, "listTools" | "listPrompts" | "getPrompt" | "readResource" | "callTool" | "close">;

export async function connectHttp(url: string, { generation, token }: Caller): Promise<AnyClient> {
  const options = token === undefined ? {} : { requestInit: { headers: { authorization: `Bearer ${token}` } } };
  if (generation === "v1") {
    const client = new ClientV1({ name: "test", version: "1" });
    // Its own class does not fit its own interface under exactOptionalPropertyTypes.
    await client.connect(new StreamableHTTPClientTransportV1(new URL(url), options) as TransportV1);
    onTestFinished(() => client.close());
    const callTool: AnyClient["callTool"] = (call, asked) => client.callTool(call, undefined, asked) as ReturnType<AnyClient["callTool"]>;
    return { ...bound(client), callTool } as AnyClient;
  }
  const mode = generation === "v2 in that of 2025" ? "legacy" : "auto";
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), options));
  onTestFinished(() => client.close());
  return client;
}

const bound = (client: ClientV1) => ({
  listTools: client.listTools.bind(client),
  listPrompts: client.listPrompts.bind(client),
  getPrompt: client.getPrompt.bind(client),
  readResource: client.readResource.bind(client),
  close: client.close.bind(client),
});

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

interface Got {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request on a connection of its own. */
export function send(url: string, { method = "POST", path = "/mcp", headers = {}, body = "" }: Sent): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { method, agent: false, headers: { ...json, ...headers } }, async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString() });
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

/** A file that holds this; it goes when the test ends. */
export function tokenFile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "token-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "token"), content);
  return join(folder, "token");
}

const json = { "content-type": "application/json", accept: "application/json, text/event-stream" };

export const initialize = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
});

/** Status and sentence of a refusal. */
export function refusalOf({ status, body }: Got): string {
  const { error } = JSON.parse(body) as { readonly error: { readonly code: number; readonly message: string } };
  return `${status} ${error.code} ${error.message}`;
}

/** Writes these bytes and no more until an answer comes, and resolves with what came until the server hung up. */
export async function sendRaw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.on("data", (data) => {
    answer += data;
    socket.end();
  });
  socket.on("error", () => undefined);
  socket.write(text);
  await once(socket, "close");
  return answer;
}
