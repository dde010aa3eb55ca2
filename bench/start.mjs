// What a client waits for: CPU of the server and its children until tools/list is answered, and their memory then, beside peers, in turn.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { startServer } from "./child.mjs";

const ROUNDS = 9;
const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const rounded = (number) => Math.round(number * 100) / 100;

const packages = ["@modelcontextprotocol/server-postgres@0.6.2", "@bytebase/dbhub@1.4.0"];

/** A client that has them installed starts them so. dbhub asks its database before it answers. */
const commands = (peers, url) => ({
  "backend-db-mcp": [process.execPath, here("../dist/index.js")],
  "one-tool SDK server": [process.execPath, here("hello.mjs")],
  "@modelcontextprotocol/server-postgres 0.6.2": [
    process.execPath,
    join(peers, "@modelcontextprotocol/server-postgres/dist/index.js"),
    url,
  ],
  "@bytebase/dbhub 1.4.0": [process.execPath, join(peers, "@bytebase/dbhub/dist/index.js"), "--transport=stdio", `--dsn=${url}`],
});

async function started(command) {
  const server = await startServer(command);
  const { tools } = await server.request("tools/list", {});
  const shown = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  const figures = { ...server.usage(), tools: tools.length, tokens: Math.round(JSON.stringify(shown).length / 4) };
  await server.stop();
  return figures;
}

async function inTurn(servers) {
  const seen = Object.fromEntries(Object.keys(servers).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, command] of Object.entries(servers)) {
      try {
        seen[name].push(await started(command));
      } catch (error) {
        if (round === 0) console.error(`${name} was not measured: ${error.message}`);
      }
    }
  }
  return Object.entries(seen).filter(([, figures]) => figures.length > 0);
}

/** Tokens are those of the tool list that a model reads, counted as a quarter of its characters. */
export async function startCost() {
  const folder = mkdtempSync(join(tmpdir(), "backend-db-mcp-peers-"));
  execFileSync("npm", ["install", "--silent", "--no-save", "--prefix", folder, ...packages], { stdio: "ignore" });
  const db = await PGlite.create();
  const socket = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1", maxConnections: 8 });
  await socket.start();
  try {
    const url = `postgres://postgres@${socket.getServerConn()}/postgres?sslmode=disable`;
    const rows = await inTurn(commands(join(folder, "node_modules"), url));
    const cpuOf = (figures) => median(figures.map((one) => one.cpu));
    const base = cpuOf(rows.find(([name]) => name === "one-tool SDK server")[1]);
    return Object.fromEntries(
      rows.map(([name, figures]) => [
        name,
        {
          cpu_ms: cpuOf(figures),
          cpu_ratio: rounded(cpuOf(figures) / base),
          memory_mb: rounded(median(figures.map((one) => one.memory))),
          tools: figures[0].tools,
          tools_tokens: figures[0].tokens,
        },
      ]),
    );
  } finally {
    await socket.stop();
    await db.close();
    rmSync(folder, { recursive: true });
  }
}
