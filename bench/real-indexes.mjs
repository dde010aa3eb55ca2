// What suggest_indexes advises for the application of bench/oltp, really built in PostgreSQL 15 and 18: CPU of every statement before and
// after, costs and sizes beside what was foreseen. Statements that write are rolled back. All is cached, parallel query and JIT are off.
//
//   npm run -s build && node bench/real-indexes.mjs [--versions 15,18] [--scale 1] [--budgets 50,100] [--indexes <file.sql>]
//     --scale     of bench/oltp/data.sql: 1 is 6.6 million rows, 1.6 GB, a minute to load
//     --budgets   of the indexes, in percent of the tables' bytes
//     --indexes   these instead of the advice; `indexes.sql` of bench/oltp is what such an application would have
//     --loaded    15=postgres://…,18=postgres://…: servers on this machine that hold the data, so that nothing is loaded
//   node bench/real-indexes.mjs --load 15 [--scale 1]: loads such a server, prints its address and keeps it until it is interrupted
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import pg from "pg";
import { bundled } from "./bundled.mjs";
import { startServer } from "./child.mjs";
import { againInPairs, build, dropAll, isNeeded, measured, rounded, runEach, seemsSlower } from "./real-measures.mjs";
import { table } from "./real-table.mjs";

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const read = (file) => readFileSync(here(file), "utf8");
const MB = 1024 * 1024;

/** As in ../shared/reference/index-advisors.md, so that figures can stand side by side. */
const settings = {
  shared_buffers: "2GB",
  max_wal_size: "4GB",
  autovacuum: "off",
  random_page_cost: "1.1",
  effective_cache_size: "8GB",
  work_mem: "64MB",
  max_parallel_workers_per_gather: "0",
  max_parallel_maintenance_workers: "0",
  jit: "off",
};

/** @param {{ versions?: number[], scale?: number, budgets?: number[], indexes?: string, loaded?: Record<string, string> }} [wanted] */
export async function realIndexes({ versions = [15, 18], scale = 1, budgets = [50, 100], indexes, loaded = {} } = {}) {
  const figures = { machine: `${availableParallelism()} x ${cpus()[0].model}`, scale };
  for (const version of versions) {
    const server = loaded[version] === undefined ? await load(version, scale) : { url: loaded[version], stop: async () => undefined };
    try {
      figures[`postgres_${version}`] = await onServer(server.url, { budgets, indexes });
    } finally {
      await server.stop();
    }
  }
  return figures;
}

async function load(version, scale) {
  const { startCluster } = await bundled(`export { startCluster } from "./tests/postgres/server.ts";`);
  const cluster = await startCluster(version, { settings });
  const client = await connected(cluster.url());
  await client.query(read("oltp/schema.sql"));
  await client.query(`set bench.scale = ${Number(scale)}`);
  await client.query(read("oltp/data.sql"));
  await client.query("vacuum analyze");
  await client.end();
  return { url: cluster.url(), stop: () => cluster.stop() };
}

async function connected(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("set timezone = 'UTC'");
  return client;
}

const weightsFile = here("../../shared/workloads/oltp/weights.json");

function workload() {
  if (!existsSync(weightsFile)) console.error(`Every statement counts once: ${weightsFile} is missing.`);
  const weights = existsSync(weightsFile) ? JSON.parse(readFileSync(weightsFile, "utf8")) : {};
  return readdirSync(here("oltp/queries"))
    .sort()
    .map((file) => ({ name: basename(file, ".sql"), sql: read(`oltp/queries/${file}`).trim(), calls: weights[file] ?? 1 }));
}

async function onServer(url, { budgets, indexes }) {
  const client = await connected(url);
  const queries = workload();
  await dropAll(client);
  const { rows } = await client.query(
    "select sum(pg_relation_size(oid))::float8 as bytes from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
  );
  const none = await measured(client, queries);
  const figures = {
    tables_mb: rounded(rows[0].bytes / MB),
    none: { cpu_ms: total(none, () => 1), weighted_cpu_ms: total(none, ({ calls }) => calls) },
  };
  const plans =
    indexes === undefined
      ? budgets.map((percent) => ({
          name: `budget_${percent}_percent`,
          advise: () => adviceFor(url, queries, (percent / 100) * rows[0].bytes),
        }))
      : [{ name: basename(indexes), advise: async () => written(indexes) }];
  for (const { name, advise } of plans) {
    const advice = await advise();
    const built = await build(client, advice.indexes);
    await analyzeExpressions(client);
    const after = await againInPairs(client, none, await measured(client, queries));
    figures[name] = compared({ queries, none, after, advice, built });
    console.error(`\n# ${name}\n${table(figures[name])}`);
    for (const { undo } of advice.indexes.toReversed()) {
      if (undo !== undefined) await runEach(client, undo).catch((error) => isNeeded(error) || console.error(`${undo}: ${error.message}`));
    }
    await dropAll(client);
  }
  await client.end();
  return figures;
}

/** An expression has no statistics before; other tables keep the sample that the advice rests on. */
async function analyzeExpressions(client) {
  const { rows } = await client.query(
    "select distinct indrelid::regclass::text as name from pg_index join pg_class on oid = indrelid where relnamespace = 'public'::regnamespace and indexprs is not null",
  );
  for (const { name } of rows) await client.query(`analyze ${name}`);
}

/** By the program itself, over the live database, as a client would ask. */
async function adviceFor(url, queries, budget) {
  const server = await startServer([process.execPath, here("../dist/index.js")], { DATABASE_URL: `${url}?sslmode=disable` });
  try {
    const { cpu } = server.usage();
    const answer = await server.call("suggest_indexes", {
      queries: queries.map(({ sql, calls }) => ({ sql, calls })),
      storage_budget_mb: Math.floor(budget / MB),
      max_indexes: 100,
      response_format: "detailed",
    });
    if (answer.isError) throw new Error(answer.content[0].text);
    return { ...answer.structuredContent, advisor_cpu_ms: server.usage().cpu - cpu };
  } finally {
    await server.stop();
  }
}

const written = (file) => ({
  statements: [],
  indexes: readFileSync(existsSync(file) ? file : here(`oltp/${file}`), "utf8")
    .split(/;\s*$/m)
    .map((sql) => sql.replaceAll(/^--.*$/gm, "").trim())
    .filter((sql) => /^create (unique )?index/i.test(sql))
    .map((sql) => ({ sql: `${sql};` })),
});

const nodesOf = (plan) => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
const total = (measures, weight) => rounded(measures.reduce((sum, one) => sum + weight(one) * one.cpu, 0));

function compared({ queries, none, after, advice, built }) {
  const told = new Map((advice.statements ?? []).map((statement) => [statement.number, statement]));
  const perQuery = queries.map(({ name, calls }, position) => {
    const [before, now, foreseen] = [none[position], after[position], told.get(position + 1)];
    return {
      name,
      calls,
      cpu_before_ms: rounded(before.cpu),
      cpu_after_ms: rounded(now.cpu),
      ...(now.pair !== undefined && { cpu_before_again_ms: rounded(now.pair) }),
      slower: seemsSlower({ cpu: now.pair ?? before.cpu }, now),
      cost_before: before.cost,
      cost_before_foreseen: foreseen?.cost_before,
      cost_after: now.cost,
      cost_after_foreseen: foreseen?.cost_after,
      reads: [...new Set(nodesOf(now.plan).flatMap((node) => node["Index Name"] ?? []))],
      not_planned: foreseen?.not_planned,
    };
  });
  const read = new Set(perQuery.flatMap(({ reads }) => reads));
  const share = (weight) => rounded((100 * total(after, weight)) / total(none, weight));
  return {
    indexes: built.length,
    refused: built.filter(({ refused }) => refused !== undefined).length,
    unused: built.filter(({ names = [] }) => !names.some((name) => read.has(name))).length,
    real_mb: rounded(built.reduce((sum, { real_mb = 0 }) => sum + real_mb, 0)),
    predicted_mb: rounded(built.reduce((sum, { predicted_mb = 0 }) => sum + predicted_mb, 0)),
    build_cpu_ms: rounded(built.reduce((sum, { cpu_ms = 0 }) => sum + cpu_ms, 0)),
    advisor_cpu_ms: advice.advisor_cpu_ms,
    cpu_ms: total(after, () => 1),
    cpu_percent: share(() => 1),
    weighted_cpu_percent: share(({ calls }) => calls),
    cost_percent: rounded((100 * after.reduce((sum, { cost }) => sum + cost, 0)) / none.reduce((sum, { cost }) => sum + cost, 0)),
    slower: perQuery.filter(({ slower }) => slower).map(({ name }) => name),
    per_query: perQuery,
    per_index: built.map(({ names = [], ...one }) => ({
      ...one,
      used_by: perQuery.filter(({ reads }) => names.some((name) => reads.includes(name))).map(({ name }) => name.slice(0, 2)),
    })),
  };
}

async function main() {
  const { values } = parseArgs({
    options: {
      versions: { type: "string", default: "15,18" },
      scale: { type: "string", default: "1" },
      budgets: { type: "string", default: "50,100" },
      indexes: { type: "string" },
      loaded: { type: "string", default: "" },
      load: { type: "string" },
    },
  });
  if (values.load !== undefined) {
    const { url } = await load(Number(values.load), Number(values.scale));
    process.stdout.write(`${values.load}=${url}\n`);
    return;
  }
  const numbers = (list) => list.split(",").map(Number);
  const figures = await realIndexes({
    versions: numbers(values.versions),
    scale: Number(values.scale),
    budgets: numbers(values.budgets),
    loaded: Object.fromEntries(
      values.loaded
        .split(",")
        .filter(Boolean)
        .map((each) => [each.slice(0, 2), each.slice(3)]),
    ),
    ...(values.indexes !== undefined && { indexes: values.indexes }),
  });
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
