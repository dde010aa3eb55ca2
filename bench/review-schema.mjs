// What a review of many tables takes: CPU of the whole built server for one call, warm and at first, the most memory it held, and the statements
// that the database was sent. Every table has a primary key, a foreign key, an
// index, five columns and a few rows with statistics; two of three have an index for the foreign key.
//
//   npm run -s build && node bench/review-schema.mjs [1000 10000]
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { bundled } from "./bundled.mjs";
import { startServer } from "./child.mjs";

const built = [process.execPath, fileURLToPath(new URL("../dist/index.js", import.meta.url))];

/** In one transaction each locks too much. */
const PAGE = 500;

const made = (from, to) => `do $$ begin for n in ${from}..${to} loop
  execute format('create table t%s (id bigint generated always as identity primary key, other bigint references t%s, email text not null, state text not null default ''new'', at timestamptz not null default now())', n, greatest(n - 1, 0));
  if n % 3 > 0 then execute format('create index on t%s (other)', n); end if;
  execute format('create index on t%s (at)', n);
  execute format('insert into t%s (email) select ''a'' || i from generate_series(1, 20) i', n);
end loop; end $$`;

async function serve(tables) {
  const { startCluster } = await bundled(`export { startCluster } from "./tests/postgres/server.ts";`);
  const cluster = await startCluster(18, {
    settings: { fsync: "off", max_locks_per_transaction: "4096", shared_preload_libraries: "pg_stat_statements" },
  });
  const client = new pg.Client({ connectionString: cluster.url() });
  await client.connect();
  await client.query("create extension pg_stat_statements");
  await client.query("create role reader login password 'reader'; grant pg_read_all_data, pg_read_all_stats to reader");
  for (let from = 0; from < tables; from += PAGE) await client.query(made(from, Math.min(tables, from + PAGE) - 1));
  await client.query("vacuum analyze");
  const url = new URL(cluster.url());
  url.username = url.password = "reader";
  return { cluster, client, url: url.href };
}

const peakOf = (pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

/** @param {readonly number[]} sizes */
export async function reviewCost(sizes = [1000]) {
  const figures = {};
  for (const tables of sizes) {
    const { cluster, client, url } = await serve(tables);
    const server = await startServer(built, { DATABASE_URL: url });
    const ask = async () => {
      const before = server.usage().cpu;
      const { isError, content, structuredContent } = await server.call("review_schema", {});
      if (isError) throw new Error(content[0].text);
      return { cpu: server.usage().cpu - before, truncated: structuredContent.truncated === true };
    };
    const first = await ask();
    const peak = Math.round(peakOf(server.pid));
    await client.query("select pg_stat_statements_reset()");
    const warm = [await ask(), await ask(), await ask()].map(({ cpu }) => cpu).sort((one, other) => one - other)[1];
    const { rows } = await client.query(
      "select sum(calls)::int / 3 as sent, round(max(max_exec_time))::int as longest from pg_stat_statements join pg_roles on pg_roles.oid = userid where rolname = 'reader'",
    );
    figures[`${tables}_tables`] = {
      first_cpu_ms: first.cpu,
      warm_cpu_ms: warm,
      first_peak_memory_mb: peak,
      peak_memory_mb: Math.round(peakOf(server.pid)),
      statements_sent: rows[0].sent,
      longest_statement_ms: rows[0].longest,
      truncated: first.truncated,
    };
    await server.stop();
    await client.end();
    await cluster.stop();
  }
  return figures;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sizes = process.argv.slice(2).map(Number);
  process.stdout.write(`${JSON.stringify(await reviewCost(sizes.length > 0 ? sizes : undefined), null, 2)}\n`);
  process.exit(0);
}
