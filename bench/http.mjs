// Many clients of one server over HTTP, on a real Postgres 18: throughput and fairness of 32 beside 4, what 100 at once are told, and, when
// asked for (`npm run bench -- --http-memory`), what ten minutes of it do to memory. Ratios, since machines are shared; seconds only where a promise is in seconds.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import * as esbuild from "esbuild";
import { cpuOf } from "./child.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const CALLS = 60;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const rounded = (number) => Math.round(number * 100) / 100;

const schema = `
  create table customers (id bigint primary key, name text, country text);
  create table orders (id bigint primary key, customer_id bigint references customers, placed timestamptz);
  create table items (id bigint primary key, order_id bigint references orders, sku text);
  create index on orders (customer_id, placed);
  create index on items (order_id);
  insert into customers select n, 'c' || n, case when n % 9 = 0 then 'DE' else 'FR' end from generate_series(1, 2000) n;
  insert into orders select n, 1 + n % 2000, now() - n * interval '1 minute' from generate_series(1, 20000) n;
  insert into items select n, 1 + n % 20000, 's' || n % 50 from generate_series(1, 60000) n;
  analyze;`;

const questions = [
  { name: "analyze_query", arguments: { sql: "select * from orders where id = 7" } },
  { name: "analyze_query", arguments: { sql: "select o.* from orders o join customers c on c.id = o.customer_id where c.country = 'DE'" } },
  { name: "inspect_schema", arguments: { tables: ["orders"] } },
  { name: "analyze_query", arguments: { sql: "select sku, count(*) from items where order_id < 500 group by sku" } },
  { name: "search_docs", arguments: { query: "index on an expression" } },
];

export async function httpLoad({ minutes }) {
  const { cluster, url } = await startPostgres();
  const server = await startServer(url);
  try {
    const [first] = await clientsOf(server, 1);
    for (const question of questions) await first.callTool(question);
    await first.close();
    // Before and after, since what else the machine does changes meanwhile.
    const before = await load(server, 4);
    const many = await load(server, 32);
    const after = await load(server, 4);
    return {
      clients: 32,
      calls_each: CALLS,
      errors: many.errors,
      throughput_of_32_over_4: rounded((2 * many.perSecond) / (before.perSecond + after.perSecond)),
      server_cpu_ms_per_call: { of_4: rounded((before.cpu + after.cpu) / 2), of_32: rounded(many.cpu) },
      slowest_median_over_fastest: rounded(Math.max(...many.medians) / Math.min(...many.medians)),
      hundred_at_once: await hundred(server),
      ...(minutes > 0 && { memory: await memoryOver(server, minutes) }),
    };
  } finally {
    server.child.kill("SIGTERM");
    await once(server.child, "exit");
    await cluster.stop();
  }
}

/** The one that the tests start. */
async function startPostgres() {
  const folder = mkdtempSync(join(root, "node_modules", ".bench-"));
  const outfile = join(folder, "server.mjs");
  try {
    await esbuild.build({
      entryPoints: [join(root, "tests/postgres/server.ts")],
      bundle: true,
      format: "esm",
      platform: "node",
      packages: "external",
      outfile,
    });
    const { startCluster, createDatabase } = await import(pathToFileURL(outfile).href);
    const cluster = await startCluster(18);
    const { url } = await createDatabase(cluster, schema);
    return { cluster, url };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function startServer(database) {
  const child = spawn(process.execPath, [join(root, "dist/index.js"), "--http", "0"], {
    env: { DATABASE_URL: database },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [line] = await once(child.stderr, "data");
  child.stderr.on("data", (data) => process.stderr.write(data));
  return { child, url: new URL(/http:\S+\/mcp/.exec(line)[0]) };
}

function clientsOf({ url }, count) {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const client = new Client({ name: "bench", version: "1" }, { versionNegotiation: { mode: "auto" } });
      await client.connect(new StreamableHTTPClientTransport(url));
      return client;
    }),
  );
}

/** Each client asks one question after the other, beginning with another one than its neighbour. */
async function load(server, count) {
  const clients = await clientsOf(server, count);
  let errors = 0;
  const begun = performance.now();
  const spent = cpuOf(server.child.pid);
  const seconds = await Promise.all(
    clients.map(async (client, place) => {
      const took = [];
      for (let call = 0; call < CALLS; call += 1) {
        const { answer, time } = await timed(client, questions[(place + call) % questions.length]);
        if (answer.isError) errors += 1;
        took.push(time);
      }
      return took;
    }),
  );
  const perSecond = (count * CALLS * 1000) / (performance.now() - begun);
  const cpu = (cpuOf(server.child.pid) - spent) / (count * CALLS);
  await Promise.all(clients.map((client) => client.close()));
  return { errors, perSecond, cpu, medians: seconds.map(median) };
}

async function timed(client, question) {
  const asked = performance.now();
  const answer = await client.callTool(question);
  return { answer, time: (performance.now() - asked) / 1000 };
}

async function hundred(server) {
  const clients = await clientsOf(server, 100);
  const told = await Promise.all(clients.map((client) => timed(client, questions[1])));
  const busy = told.filter(({ answer }) => answer._meta?.["backend-db-mcp/error"]?.code === "busy");
  const answered = told.filter(({ answer }) => !answer.isError);
  const next = await clients[0].callTool(questions[1]);
  await Promise.all(clients.map((client) => client.close()));
  const slowest = (some) => rounded(Math.max(0, ...some.map(({ time }) => time)));
  return {
    answered: answered.length,
    busy: busy.length,
    otherwise: told.length - answered.length - busy.length,
    busy_with_hint: busy.filter(({ answer }) => answer._meta["backend-db-mcp/error"].retry_after_s > 0).length,
    slowest_answer_s: slowest(answered),
    slowest_busy_s: slowest(busy),
    next_call_works: !next.isError,
  };
}

/** Resident memory in MB around minute 2 and in the last minute: medians, since garbage and the twin's worker come and go. */
async function memoryOver(server, minutes) {
  const clients = await clientsOf(server, 8);
  const readings = [];
  const end = performance.now() + minutes * 60_000;
  const work = clients.map(async (client, place) => {
    for (let call = 0; performance.now() < end; call += 1) await client.callTool(questions[(place + call) % questions.length]);
  });
  while (performance.now() < end) {
    await sleep(1_000);
    readings.push(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, "utf8"))[1]) / 1024);
  }
  await Promise.all(work);
  await Promise.all(clients.map((client) => client.close()));
  const [early, late] = [median(readings.slice(90, 150)), median(readings.slice(-60))];
  return { minutes, minute_2_mb: rounded(early), end_mb: rounded(late), ratio: rounded(late / early) };
}
