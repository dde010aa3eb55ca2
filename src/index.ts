#!/usr/bin/env node
import { serve } from "./commands/serve.ts";
import { readConfig, usage } from "./config.ts";

const config = readConfig();
if ("mistake" in config) {
  console.error(`backend-db-mcp: ${config.mistake}\n\n${usage}`);
  process.exitCode = 2;
} else if (config.command === "serve") serve(config);
else process.stdout.write(`${config.command === "help" ? usage : config.version}\n`);
