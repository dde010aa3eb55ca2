// What is measured: start-up beside peers, in turn, and the price of a first and a warm question. Ratios and CPU time; wall time is left out,
// since machines are shared. The last figures are kept in bench/results.json.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { startServer } from "./child.mjs";

const ROUNDS = 7;
const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const ours = [process.execPath, here("../dist/index.js")];

/** Installed for the run, and started as a client would that has it installed. */
const peers = mkdtempSync(join(tmpdir(), "backend-db-mcp-peers-"));
process.on("exit", () => rmSync(peers, { recursive: true }));
execFileSync("npm", ["install", "--silent", "--no-save", "--prefix", peers, "@modelcontextprotocol/server-postgres@0.6.2"], {
  stdio: "ignore",
});

const servers = {
  "backend-db-mcp": ours,
  "one-tool SDK server": [process.execPath, here("hello.mjs")],
  "@modelcontextprotocol/server-postgres 0.6.2": [
    process.execPath,
    join(peers, "node_modules/@modelcontextprotocol/server-postgres/dist/index.js"),
    "postgres://127.0.0.1:1/none",
  ],
};

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const rounded = (number) => Math.round(number * 100) / 100;

async function start(command) {
  const server = await startServer(command);
  const { tools } = await server.request("tools/list", {});
  const figures = {
    ...server.usage(),
    tokens: Math.round(JSON.stringify(tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }))).length / 4),
  };
  await server.stop();
  return figures;
}

async function startup() {
  const seen = Object.fromEntries(Object.keys(servers).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, command] of Object.entries(servers)) {
      try {
        seen[name].push(await start(command));
      } catch (error) {
        if (round === 0) console.error(`${name} was not measured: ${error.message}`);
      }
    }
  }
  const rows = Object.entries(seen).filter(([, figures]) => figures.length > 0);
  return Object.fromEntries(
    rows.map(([name, figures]) => [
      name,
      {
        cpu_ms: median(figures.map((one) => one.cpu)),
        memory_mb: rounded(median(figures.map((one) => one.memory))),
        tools_tokens: figures[0].tokens,
      },
    ]),
  );
}

const schema = (tables) =>
  Array.from(
    { length: tables },
    (_, n) =>
      `create table t${n} (id bigint primary key, other bigint references t${Math.max(0, n - 1)}, note text, at timestamptz); create index on t${n} (at);`,
  ).join("\n");

async function questions() {
  const server = await startServer(ours);
  const before = server.usage();
  const ask = async (n) => {
    const { cpu } = server.usage();
    const answer = await server.call("analyze_query", {
      sql: `select * from t${n} a join t${n - 1} b on b.id = a.other where a.at > now()`,
      schema_sql: schema(20),
      row_counts: { [`t${n}`]: 1_000_000, [`t${n - 1}`]: 10_000 },
    });
    if (answer.isError) throw new Error(answer.content[0].text);
    return server.usage().cpu - cpu;
  };
  const first = await ask(5);
  const warm = [];
  for (let n = 1; n < 20; n += 1) warm.push(await ask(n));
  const memory = server.usage().memory - before.memory;
  await server.stop();
  return { first_cpu_ms: first, warm_cpu_ms: median(warm), twin_memory_mb: rounded(memory) };
}

/** A database of 300 tables in this process; what is counted is the server's own CPU. */
async function wideSchema() {
  const db = await PGlite.create();
  await db.exec(schema(300));
  const socket = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1", maxConnections: 4 });
  await socket.start();
  const server = await startServer(ours, { DATABASE_URL: `postgres://postgres@${socket.getServerConn()}/postgres?sslmode=disable` });
  const cost = async (name, args) => {
    const { cpu } = server.usage();
    const answer = await server.call(name, args);
    if (answer.isError) throw new Error(answer.content[0].text);
    return server.usage().cpu - cpu;
  };
  const figures = {
    review_schema_cpu_ms: await cost("review_schema", {}),
    inspect_schema_cpu_ms: await cost("inspect_schema", { limit: 300 }),
  };
  await server.stop();
  await socket.stop();
  await db.close();
  return figures;
}

const started = await startup();
const base = started["one-tool SDK server"].cpu_ms;
const results = {
  at: new Date().toISOString().slice(0, 10),
  node: process.version,
  processors: cpus().length,
  start: Object.fromEntries(
    Object.entries(started).map(([name, figures]) => [name, { ...figures, cpu_ratio: rounded(figures.cpu_ms / base) }]),
  ),
  analyze_query_on_20_tables_of_ddl: await questions(),
  first_questions_on_300_tables: await wideSchema(),
};
writeFileSync(here("results.json"), `${JSON.stringify(results, null, 2)}\n`);
process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
process.exit(0);
