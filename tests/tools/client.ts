import { type CallToolResult, Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioClientTransportV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { InMemoryTransport } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { afterAll, onTestFinished } from "vitest";
import { readConfig } from "../../src/config.ts";
import { openServices } from "../../src/runtime.ts";
import { buildServer } from "../../src/server.ts";

type Environment = Readonly<Record<string, string>>;

/** The protocol of 2025, which clients of both generations speak, or that of 2026. */
export type Era = "legacy" | "auto";

const program = new URL("../../dist/index.js", import.meta.url).pathname;
const name = { name: "test", version: "1" };

interface Told {
  readonly environment?: Environment;
  readonly args?: readonly string[];
  readonly era?: Era;
}

async function open({ environment = {}, args = [], era = "auto" }: Told) {
  const config = readConfig(args, environment);
  if ("mistake" in config) throw new Error(config.mistake);
  const services = openServices(config);
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const server = serveStdio(() => buildServer(config, services), { transport: ours });
  const client = new Client(name, { versionNegotiation: { mode: era } });
  await client.connect(theirs);
  const close = async () => {
    await client.close();
    await server.close();
    await services.close();
  };
  return { client, close };
}

/** A client of SDK v2 on a server in this process, for one test; `environment` is all the server is told. */
export async function connect(told: Told = {}): Promise<Client> {
  const { client, close } = await open(told);
  onTestFinished(close);
  return client;
}

const kept = new Map<string, ReturnType<typeof open>>();
afterAll(async () => {
  for (const opened of kept.values()) await (await opened).close();
});

/** One client for all tests of a file, whose server keeps its twin from one to the next. */
export async function connectKept(told: Told): Promise<Client> {
  const key = JSON.stringify(told);
  const opened = kept.get(key) ?? open(told);
  kept.set(key, opened);
  return (await opened).client;
}

/** The same on this database; without a URL it has none. */
export const connectOnce = (url: string | undefined): Promise<Client> =>
  connectKept(url === undefined ? {} : { environment: { DATABASE_URL: url } });

/** A client of SDK v2 on the built program, over its stdin and stdout. */
export async function spawnServer({ environment = {}, era = "auto" }: { environment?: Environment; era?: Era } = {}): Promise<Client> {
  const client = new Client(name, { versionNegotiation: { mode: era } });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [program], env: { ...environment }, stderr: "pipe" }));
  onTestFinished(() => client.close());
  return client;
}

/** A client of SDK v1, which most hosts still run, on the built program. */
export async function spawnServerV1({ environment = {} }: { environment?: Environment } = {}): Promise<ClientV1> {
  const client = new ClientV1(name);
  await client.connect(new StdioClientTransportV1({ command: process.execPath, args: [program], env: { ...environment }, stderr: "pipe" }));
  onTestFinished(() => client.close());
  return client;
}

/** The text of an answer, with what differs from run to run left out: ports, passwords' users and days. */
export function textOf({ content }: Pick<CallToolResult, "content">): string {
  const text = content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  return text
    .replaceAll(/127\.0\.0\.1:\d+\/\w+/g, "127.0.0.1:5432/shop")
    .replaceAll(/\d{4}-\d\d-\d\d or later/g, "2026-11-22 or later")
    .replaceAll(/untrusted-data-\w+/g, "untrusted-data-0");
}
