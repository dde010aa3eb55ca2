#!/usr/bin/env node
import { usage } from "./config/usage.ts";
import { readConfig } from "./config.ts";
import { ToolError } from "./error.ts";
import { asLogged } from "./redact.ts";

/** Also for a promise that nobody waits for: Node would print the error whole, with what it quotes. A ToolError stops the start. */
process.on("uncaughtException", (error) => {
  const said = error instanceof ToolError ? error.message : `ended by a fault of its own.\n${asLogged(error)}`;
  console.error(`backend-db-mcp: ${said}`);
  process.exit(error instanceof ToolError ? 2 : 1);
});

const config = readConfig();
if ("mistake" in config) {
  console.error(`backend-db-mcp: ${config.mistake}\nbackend-db-mcp --help tells what there is.`);
  process.exitCode = 2;
} else if (config.command === "serve") await (await import("./commands/serve.ts")).serve(config);
else if (config.command === "snapshot") await (await import("./commands/snapshot.ts")).snapshot(config);
else if (config.command === "check") await (await import("./commands/check.ts")).check(config);
else if (config.command === "doctor") await (await import("./commands/doctor.ts")).doctor(config);
else if (config.command === "report") await (await import("./commands/report.ts")).report(config);
else if (config.command === "view") await (await import("./commands/view.ts")).view(config);
else process.stdout.write(`${config.command === "help" ? usage : config.version}\n`);
