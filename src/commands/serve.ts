import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { Config } from "../config.ts";
import { buildServer, openServices } from "../server.ts";

/** Serves MCP over stdin and stdout until the client closes stdin or a signal comes. */
export function serve(config: Config): void {
  if (config.snapshot !== undefined) console.error(`backend-db-mcp: serving from the snapshot ${config.snapshot}; no database is asked.`);
  const services = openServices(config);
  const handle = serveStdio(() => buildServer(config, services), { onerror: (error) => console.error(error.message) });
  const stop = async () => {
    await Promise.allSettled([handle.close(), services.close()]);
    process.exit(0);
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  process.stdin.once("end", stop);
}
