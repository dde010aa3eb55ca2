// What the guard costs at level explain, in milliseconds on a warm server and PostgreSQL 18: CPU of our process and wall time, of a whole
// analyze_query call beside the same call at level catalog, and of the chain by itself; of the chain also the CPU of Postgres.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { bundled } from "./bundled.mjs";
import { startServer } from "./child.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const WARM_UP = 20;
const ROUNDS = 60;

const schema = `
  create table customers (id bigint primary key, name text not null, email text unique, country text);
  create table orders (id bigint primary key, customer_id bigint references customers, status text, placed timestamptz, note jsonb);
  create table items (id bigint primary key, order_id bigint references orders, sku text, quantity int, price numeric(10,2));
  create index on orders (customer_id, placed);
  create index on items (order_id);
  create view open_orders as select o.*, c.name from orders o join customers c on c.id = o.customer_id where o.status <> 'done';
  insert into customers select n, 'c' || n, n || '@example.org', (array['DE','FR','US'])[1 + n % 3] from generate_series(1, 2000) n;
  insert into orders select n, 1 + n % 2000, (array['new','paid','done'])[1 + n % 3], now() - n * interval '1 minute', '{}' from generate_series(1, 20000) n;
  insert into items select n, 1 + n % 20000, 's' || n % 50, 1 + n % 4, n % 90 from generate_series(1, 60000) n;
  analyze`;

const queries = {
  lookup: "select * from orders where id = 7",
  placeholder: "select * from orders where customer_id = $1 and placed > $2 order by placed desc limit 20",
  three_way_join:
    "select c.name, count(*), sum(i.price * i.quantity) from customers c join orders o on o.customer_id = c.id join items i on i.order_id = o.id where c.country = 'DE' and o.placed > now() - interval '7 days' group by c.name order by 3 desc limit 10",
  view_and_functions:
    "select lower(name), date_trunc('day', placed), note ->> 'k' from open_orders where coalesce(status, '') like 'n%' and exists (select 1 from items i where i.order_id = open_orders.id)",
};

export async function explainChainCost() {
  const { startCluster, createDatabase, openDatabase, connectionFrom } = await bundle();
  const cluster = await startCluster(18, { settings: { autovacuum: "off" } });
  try {
    const { url } = await createDatabase(cluster, schema);
    const environment = { DATABASE_URL: url };
    const postmaster = readFileSync(join(cluster.folder, "data/postmaster.pid"), "utf8").split("\n")[0];
    const chain = await ofTheChain(openDatabase(connectionFrom(environment), { access }), () => cpuOfChildren(postmaster));
    const [explain, catalog] = [await ofCalls("explain", environment), await ofCalls("catalog", environment)];
    const name = (query, level) => ({
      call_cpu_ms: { explain: explain[query].cpu, catalog: catalog[query].cpu },
      call_wall_ms: { explain: explain[query].wall, catalog: catalog[query].wall },
      chain_cpu_ms: level[query].cpu,
      chain_postgres_cpu_ms: level[query].postgres,
      chain_wall_ms: level[query].wall,
    });
    return Object.fromEntries(Object.keys(queries).map((query) => [query, name(query, chain)]));
  } finally {
    await cluster.stop();
  }
}

const access = { level: "explain", trusted: [], analyzeAsSuperuser: false };

/** Medians over the rounds, of each query; each clock counts milliseconds. */
async function medians(ask, clocks) {
  const read = () => Object.entries(clocks).map(([name, clock]) => [name, clock()]);
  const measured = {};
  for (const [name, sql] of Object.entries(queries)) {
    for (let round = 0; round < WARM_UP; round += 1) await ask(sql);
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = Object.fromEntries(read());
      await ask(sql);
      rounds.push(Object.fromEntries(read().map(([clock, now]) => [clock, now - before[clock]])));
    }
    measured[name] = Object.fromEntries(Object.keys(clocks).map((clock) => [clock, median(rounds.map((one) => one[clock]))]));
  }
  return measured;
}

const wall = () => performance.now();

async function ofTheChain(database, postgres) {
  const cpu = () => (process.cpuUsage().user + process.cpuUsage().system) / 1000;
  const ask = async (sql) => {
    const { refused } = await database.explain(sql, "explain", { signal: undefined });
    if (refused !== undefined) throw new Error(refused.message);
  };
  try {
    return await medians(ask, { cpu, postgres, wall });
  } finally {
    await database.close();
  }
}

async function ofCalls(level, environment) {
  const server = await startServer([process.execPath, join(root, "dist/index.js"), "--access", level], environment);
  const ask = async (sql) => {
    const answer = await server.call("analyze_query", { sql });
    const guard = answer.structuredContent?.limits.find((limit) => limit.includes("(guard, "));
    if (answer.isError || guard !== undefined) throw new Error(guard ?? answer.content[0].text);
  };
  try {
    return await medians(ask, { cpu: () => cpuOf(server.pid), wall });
  } finally {
    await server.stop();
  }
}

/** Milliseconds on a processor of all threads of a process; unlike its stat file, Linux counts them in nanoseconds here. */
const cpuOf = (pid) =>
  readdirSync(`/proc/${pid}/task`).reduce(
    (sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]) / 1e6,
    0,
  );

const cpuOfChildren = (pid) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .reduce((sum, child) => sum + cpuOf(child), 0);

const median = (numbers) => Math.round(numbers.toSorted((a, b) => a - b)[numbers.length >> 1] * 10) / 10;

async function bundle() {
  const contents = `
    export { connectionFrom } from "./src/database/connection-string.ts";
    export { openDatabase } from "./src/database/live-database.ts";
    export { createDatabase, startCluster } from "./tests/postgres/server.ts";`;
  return bundled(contents);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${JSON.stringify(await explainChainCost(), null, 2)}\n`);
  process.exit(0);
}
