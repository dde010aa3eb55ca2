import { existsSync } from "node:fs";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { Config, HttpConfig } from "../config.ts";
import { asLogged } from "../redact.ts";
import { openServices } from "../runtime.ts";
import { buildServer } from "../server.ts";

/** Serves MCP over stdin and stdout until the client closes stdin, or over HTTP; a signal ends either. */
export async function serve(config: Config): Promise<void> {
  for (const said of circumstancesOf(config)) console.error(`backend-db-mcp: ${said}`);
  const close = config.http ? await overHttp(config, config.http) : overStdio(config);
  const stop = async () => {
    await close();
    process.exit(0);
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  if (!config.http) process.stdin.once("end", stop);
}

/** What whoever looks at the log, or started this by hand, should know. */
function circumstancesOf({ snapshot, http }: Config): readonly string[] {
  const from =
    snapshot !== undefined && existsSync(snapshot) ? "no database is asked" : "there is no such file, and every call will say so";
  return [
    ...(snapshot === undefined ? [] : [`serving from the snapshot ${snapshot}; ${from}.`]),
    ...(!http && process.stdin.isTTY
      ? ["waiting for an MCP client on standard input. A client starts this itself: --help tells what else there is."]
      : []),
  ];
}

function overStdio(config: Config): () => Promise<unknown> {
  const services = openServices(config);
  const handle = serveStdio(() => buildServer(config, services), { onerror: (error) => console.error(asLogged(error)) });
  return () => Promise.allSettled([handle.close(), services.close()]);
}

async function overHttp(config: Config, http: HttpConfig): Promise<() => Promise<unknown>> {
  const { serveHttp } = await import("../http/serve.ts");
  const services = openServices(config);
  const served = await serveHttp(http, () => buildServer(config, services));
  console.error(`backend-db-mcp: serving MCP at ${served.url}${served.needsToken ? ", to clients with the token" : ""}.`);
  return () => served.close(() => services.close());
}
