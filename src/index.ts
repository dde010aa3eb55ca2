#!/usr/bin/env node
import { serve } from "./commands/serve.ts";
import { snapshot } from "./commands/snapshot.ts";
import { readConfig, usage } from "./config.ts";

const config = readConfig();
if ("mistake" in config) {
  console.error(`backend-db-mcp: ${config.mistake}\n\n${usage}`);
  process.exitCode = 2;
} else if (config.command === "serve") serve(config);
else if (config.command === "snapshot") await snapshot(config);
else process.stdout.write(`${config.command === "help" ? usage : config.version}\n`);
