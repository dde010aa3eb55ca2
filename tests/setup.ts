import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import type {} from "./postgres/fresh-database.ts";
import { startCluster } from "./postgres/server.ts";

/** Tests read from the log which statements reached a server, and from which application. */
const settings = { log_statement: "all", log_line_prefix: "%m [%p] %d %a ", autovacuum: "off" };

/** Builds and starts once, whichever projects of vitest.config.ts run. */
export default async function setup({ vitest }: TestProject) {
  const root = vitest.getRootProject();
  if ("postgres" in root.getProvidedContext()) return undefined;
  // The twin's worker and its template, and the program that is spawned, are tested as they ship.
  execFileSync(process.execPath, [join(import.meta.dirname, "..", "build.mjs")], { stdio: ["ignore", "ignore", "inherit"] });
  const fifteen = await startCluster(15, { settings });
  const eighteen = await startCluster(18, { settings });
  root.provide("postgres", {
    15: { url: fifteen.url(), logFile: fifteen.logFile },
    18: { url: eighteen.url(), logFile: eighteen.logFile },
  });
  return async () => {
    await Promise.all([fifteen.stop(), eighteen.stop()]);
  };
}
