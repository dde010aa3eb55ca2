#!/usr/bin/env node
import { check } from "./commands/check.ts";
import { report } from "./commands/report.ts";
import { serve } from "./commands/serve.ts";
import { snapshot } from "./commands/snapshot.ts";
import { view } from "./commands/view.ts";
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
  console.error(`backend-db-mcp: ${config.mistake}\n\n${usage}`);
  process.exitCode = 2;
} else if (config.command === "serve") await serve(config);
else if (config.command === "snapshot") await snapshot(config);
else if (config.command === "check") await check(config);
else if (config.command === "report") await report(config);
else if (config.command === "view") await view(config);
else process.stdout.write(`${config.command === "help" ? usage : config.version}\n`);
