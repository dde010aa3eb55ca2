// Records real plans for tests/plan: `node bench/record-plans.mjs 18 16 14` writes tests/plan/recorded/18.jsonl and so on, and logs.
// EXPLAIN prints a plan as text while auto_explain logs the same execution as JSON, so that both carry the same numbers.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import pg from "pg";
import { logged, schema, schemaOfLogs, statements } from "./record-plans-statements.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The tests' own servers; they look for their binaries from the folder they stand in. */
async function servers() {
  const outfile = here("../tests/postgres/.record-plans.mjs");
  try {
    await esbuild.build({
      entryPoints: [here("../tests/postgres/server.ts")],
      bundle: true,
      format: "esm",
      platform: "node",
      packages: "external",
      outfile,
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile, { force: true });
  }
}

/** What holds for every statement unless it says otherwise: no workers, and timings of reads and writes. */
const usual = {
  max_parallel_workers_per_gather: "0",
  compute_query_id: "on",
  "auto_explain.log_min_duration": "0",
  "auto_explain.log_nested_statements": "on",
  "auto_explain.log_format": "json",
  "auto_explain.log_analyze": "on",
  "auto_explain.log_triggers": "on",
  client_min_messages: "log",
};

async function record(client, { name, sql, options = "analyze, buffers", settings = {}, setup = [] }) {
  const has = (option) => (new RegExp(`\\b${option}\\b(?! off)`).test(options) ? "on" : "off");
  const logged = {
    "auto_explain.log_verbose": has("verbose"),
    "auto_explain.log_buffers": has("buffers"),
    "auto_explain.log_wal": has("wal"),
    "auto_explain.log_settings": has("settings"),
    "auto_explain.log_timing": /timing off/.test(options) ? "off" : "on",
  };
  const notices = [];
  const listen = ({ message }) => notices.push(message);
  await client.query("begin");
  for (const statement of setup) await client.query(statement);
  for (const [setting, value] of Object.entries({ ...usual, ...logged, ...settings }))
    await client.query("select set_config($1, $2, true)", [setting, value]);
  client.on("notice", listen);
  // Costs that are left out are left out by EXPLAIN alone; what is not run, auto_explain does not log.
  const nested = sql.startsWith("--");
  const { rows } = await client.query(nested ? sql : `explain (${options}) ${sql}`);
  let text = nested
    ? notices.filter((line) => line.startsWith("PLAN ")).map((line) => line.slice(5))
    : rows.map((row) => row["QUERY PLAN"]);
  let json = notices
    .filter(
      (message) =>
        /^duration: .* plan:\n\{\s+"Query Text": "(?:--|explain|prepare)/.test(message) && !message.includes('"Query Text": "--'),
    )
    .at(-1)
    ?.replace(/^duration: .* plan:\n/, "");
  client.off("notice", listen);
  if (json === undefined) {
    if (options.includes("analyze"))
      console.error(
        `${name}: not logged`,
        notices.length,
        notices.map((n) => n.slice(0, 120)),
      );
    const planned = await client.query(`explain (${options}, format json) ${sql}`);
    json = JSON.stringify(planned.rows[0]["QUERY PLAN"][0]);
  }
  await client.query("rollback");
  text = text.join("\n");
  const minified = json.replaceAll(/\n\s*/g, "").replace(/"Query Text": "(?:[^"\\]|\\.)*",/, "");
  return `{"name":${JSON.stringify(name)},"sql":${JSON.stringify(sql)},"options":${JSON.stringify(options)},"text":${JSON.stringify(text)},"json":${minified}}`;
}

/** Each kind of log that the server writes, while two sessions, one with plans as text and one with plans as JSON, run the same. */
async function recordLogs(version, startCluster) {
  const destinations = { stderr: "log", csvlog: "csv", ...(version >= 15 && { jsonlog: "json" }) };
  const cluster = await startCluster(version, {
    settings: {
      shared_preload_libraries: "auto_explain",
      "auto_explain.log_min_duration": "0",
      "auto_explain.log_analyze": "on",
      "auto_explain.log_buffers": "on",
      logging_collector: "on",
      log_destination: Object.keys(destinations).join(","),
      log_directory: "log",
      log_filename: "server.log",
      log_line_prefix: "%m [%p] %q%u@%d ",
    },
  });
  const sessions = ["text", "json"].map((format) => [format, new pg.Client({ connectionString: cluster.url() })]);
  for (const [format, client] of sessions) {
    await client.connect();
    await client.query(`set auto_explain.log_format = '${format}'`);
  }
  const [[, first]] = sessions;
  await first.query("set auto_explain.log_min_duration = -1");
  await first.query(schemaOfLogs);
  await first.query("set auto_explain.log_min_duration = 0");
  for (const [, client] of sessions) for (const { sql, values } of logged) await client.query(sql, values).catch(() => {});
  await Promise.all(sessions.map(([, client]) => client.end()));
  await setTimeout(1_000);
  for (const ending of Object.values(destinations)) {
    const lines = readFileSync(`${cluster.folder}/data/log/server.${ending}`, "utf8").split("\n");
    const written = lines.slice(lines.findIndex((line) => line.includes("duration: "))).join("\n");
    writeFileSync(
      here(`../tests/plan/recorded/${version}.log${ending === "log" ? "" : `.${ending === "json" ? "jsonl" : ending}`}`),
      written,
    );
  }
  await cluster.stop();
}

const { startCluster } = await servers();
mkdirSync(here("../tests/plan/recorded"), { recursive: true });
for (const version of process.argv.slice(2).map(Number)) {
  const cluster = await startCluster(version, { settings: { shared_buffers: "8MB" } });
  const client = new pg.Client({ connectionString: cluster.url() });
  try {
    await client.connect();
    await client.query("load 'auto_explain'");
    await client.query(schema(cluster));
    await client.query("analyze");
    const plans = [];
    for (const statement of statements.filter(({ from = 14, until = 18 }) => from <= version && version <= until))
      plans.push(await record(client, statement));
    writeFileSync(here(`../tests/plan/recorded/${version}.jsonl`), `${plans.join("\n")}\n`);
    console.error(`${version}: ${plans.length} plans`);
  } finally {
    await client.end();
    await cluster.stop();
  }
  if (version === 14 || version === 18) await recordLogs(version, startCluster);
}
