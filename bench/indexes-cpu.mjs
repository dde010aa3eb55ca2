// What suggest_indexes takes: CPU of the whole built server, every thread, for whole calls by a client over stdio, once warm. Milliseconds;
// Linux counts ticks of 10.
//
//   node bench/indexes-cpu.mjs
import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { startServer } from "./child.mjs";

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const shared = here("../../shared/workloads");
const built = [process.execPath, here("../dist/index.js")];

/** Calls before those that count: V8 compiles what runs often. */
const WARMING = 4;
const ROUNDS = 5;

const median = (numbers) => numbers.toSorted((one, other) => one - other)[numbers.length >> 1];

async function spentOn(server, queries) {
  const before = server.usage().cpu;
  const { isError, content } = await server.call("suggest_indexes", { queries });
  if (isError) throw new Error(content[0].text);
  return server.usage().cpu - before;
}

/** `names`: the files of the workload's folder that are asked. */
export async function adviceCpu(workload, names) {
  const folder = mkdtempSync(join(tmpdir(), "workload-"));
  const snapshot = join(folder, "snapshot.json");
  execFileSync(process.execPath, [here("workload-snapshot.mjs"), join(shared, workload), snapshot]);
  const server = await startServer([...built, "--snapshot", snapshot]);
  const queries = names.map((name) => ({ sql: readFileSync(join(shared, workload, "queries", name), "utf8") }));
  for (let round = 0; round < WARMING; round += 1) await spentOn(server, queries);
  const together = [];
  for (let round = 0; round < ROUNDS; round += 1) together.push(await spentOn(server, queries));
  const alone = [];
  for (const query of queries) {
    await spentOn(server, [query]);
    alone.push(median([await spentOn(server, [query]), await spentOn(server, [query]), await spentOn(server, [query])]));
  }
  await server.stop();
  rmSync(folder, { recursive: true });
  const most = Math.max(...alone);
  return { together: median(together), alone_median: median(alone), alone_most: most, alone_dearest: names[alone.indexOf(most)] };
}

const TABLES = 20;
const ROWS = 20_000;
const STATEMENTS = 100;
const JOINED = 10;

/** Twenty tables of three references each, in a process of its own. Tells where it listens. */
async function serveWide() {
  const db = await PGlite.create();
  for (let table = 0; table < TABLES; table += 1) {
    await db.exec(`
      create table t${table} (id int primary key, r1 int, r2 int, r3 int, kind text, at timestamptz, note text);
      insert into t${table}
      select g, (g * ${20 + table}) % ${ROWS} + 1, (g * ${33 + table}) % ${ROWS} + 1, (g * ${46 + table}) % ${ROWS} + 1, 'k' || g % ${5 + table},
             timestamptz '2026-01-01' - g * interval '1 min', md5(g::text)
        from generate_series(1, ${ROWS}) g;`);
  }
  await db.exec("analyze");
  const socket = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1", maxConnections: 4 });
  await socket.start();
  process.on("disconnect", () => process.exit(0));
  process.send(socket.getServerConn());
}

/** Each joins ten tables along references to what is joined already, from three conditions. Drawn by a seed. */
function wideStatements() {
  let seed = 42;
  const drawn = (below) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return (seed >> 8) % below;
  };
  return Array.from({ length: STATEMENTS }, () => {
    const tables = Array.from({ length: TABLES }, (_, table) => [drawn(1000), table])
      .sort(([one], [other]) => one - other)
      .slice(0, JOINED)
      .map(([, table]) => table);
    const joins = tables.slice(1).map((table, place) => `a${table}.r${1 + drawn(3)} = a${tables[drawn(place + 1)]}.id`);
    const filters = [`a${tables[0]}.kind = 'k${drawn(5)}'`, `a${tables[3]}.at > '2025-12-25'`, `a${tables[5]}.r2 = ${drawn(ROWS)}`];
    const from = tables.map((table) => `t${table} a${table}`).join(", ");
    return `select min(a${tables[1]}.note), min(a${tables[2]}.at) from ${from} where ${[...joins, ...filters].join(" and ")}`;
  });
}

/** One warm call over a hundred statements of ten tables each. The database runs elsewhere. */
export async function wideAdviceCpu() {
  const database = fork(fileURLToPath(import.meta.url), ["database"]);
  try {
    const [place] = await once(database, "message");
    const server = await startServer(built, { DATABASE_URL: `postgres://postgres@${place}/postgres?sslmode=disable` });
    const queries = wideStatements().map((sql) => ({ sql }));
    await spentOn(server, queries.slice(0, 10));
    const cpu = await spentOn(server, queries);
    await server.stop();
    return { statements: STATEMENTS, tables_each: JOINED, cpu_ms: cpu };
  } finally {
    database.disconnect();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === "database") await serveWide();
  else {
    const left = { oltp: [], tpch: ["q02.sql", "q17.sql", "q20.sql"] };
    for (const workload of existsSync(shared) ? Object.keys(left) : []) {
      const names = readdirSync(join(shared, workload, "queries")).filter(
        (name) => name.endsWith(".sql") && !left[workload].includes(name),
      );
      process.stdout.write(`${JSON.stringify({ [workload]: await adviceCpu(workload, names.sort()) })}\n`);
    }
    process.stdout.write(`${JSON.stringify({ wide: await wideAdviceCpu() })}\n`);
  }
}
