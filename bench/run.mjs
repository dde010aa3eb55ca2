// What is measured: start-up beside peers, in turn, and the price of a first and a warm question. Ratios and CPU time; wall time is left out,
// since machines are shared. The last figures are kept in bench/results.json.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { analyzeQueryCost } from "./analyze-query.mjs";
import { attackFigures } from "./attacks.mjs";
import { checkCost } from "./check.mjs";
import { startServer } from "./child.mjs";
import { explainCost } from "./explain.mjs";
import { explainChainCost } from "./explain-chain.mjs";
import { httpLoad } from "./http.mjs";
import { hypopg } from "./hypopg.mjs";
import { indexAdviceDrawn } from "./indexes.mjs";
import { migrationExam } from "./migration-exam.mjs";
import { realIndexes } from "./real-indexes.mjs";
import { reviewCost } from "./review-schema.mjs";
import { startCost } from "./start.mjs";
import { tokenReport } from "./tokens.mjs";

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const ours = [process.execPath, here("../dist/index.js")];

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const rounded = (number) => Math.round(number * 100) / 100;

const schema = (tables) =>
  Array.from(
    { length: tables },
    (_, n) =>
      `create table t${n} (id bigint primary key, other bigint references t${Math.max(0, n - 1)}, note text, at timestamptz); create index on t${n} (at);`,
  ).join("\n");

const joined = (from, tables) =>
  `select * from t${from} ${Array.from({ length: tables - 1 }, (_, n) => `join t${from + n + 1} on t${from + n + 1}.other = t${from + n}.id`).join(" ")} where t${from}.at > now()`;

/** CPU of the server for one call, in milliseconds. */
async function costOf(server, name, args) {
  const { cpu } = server.usage();
  const answer = await server.call(name, args);
  if (answer.isError) throw new Error(answer.content[0].text);
  return server.usage().cpu - cpu;
}

/** The same question again is warm: the twin holds its schema. */
async function firstAndWarm(server, args) {
  const before = server.usage();
  const first = await costOf(server, "analyze_query", args);
  const memory = server.usage().memory - before.memory;
  const warm = [];
  for (let n = 0; n < 15; n += 1) warm.push(await costOf(server, "analyze_query", args));
  return { first_cpu_ms: first, warm_cpu_ms: median(warm), twin_memory_mb: rounded(memory) };
}

const runs = async (measure) => {
  const all = [];
  for (let round = 0; round < 5; round += 1) all.push(await measure());
  return Object.fromEntries(Object.keys(all[0]).map((key) => [key, median(all.map((one) => one[key]))]));
};

async function onText() {
  const server = await startServer(ours);
  const row_counts = { t5: 1_000_000, t6: 10_000 };
  const figures = await firstAndWarm(server, { sql: joined(5, 2), schema_sql: schema(20), row_counts });
  await server.stop();
  return figures;
}

/** A database in this process; what is counted is the server's own CPU. */
async function onDatabase(tables, measure) {
  const db = await PGlite.create();
  await db.exec(schema(tables));
  const socket = new PGLiteSocketServer({ db, port: 0, host: "127.0.0.1", maxConnections: 4 });
  await socket.start();
  const url = `postgres://postgres@${socket.getServerConn()}/postgres?sslmode=disable`;
  const figures = await measure(() => startServer(ours, { DATABASE_URL: url }));
  await socket.stop();
  await db.close();
  return figures;
}

const asked = (tables) => (start) =>
  runs(async () => {
    const server = await start();
    const figures = await firstAndWarm(server, { sql: joined(3, tables) });
    await server.stop();
    return figures;
  });

async function wholeSchema(start) {
  const server = await start();
  const figures = {
    review_schema_cpu_ms: await costOf(server, "review_schema", {}),
    inspect_schema_cpu_ms: await costOf(server, "inspect_schema", { limit: 300 }),
  };
  await server.stop();
  return figures;
}

/** Twins beside real servers at full size: ten minutes, so only when asked for (`npm run bench -- --fidelity`). */
function fidelity() {
  const figures = join(mkdtempSync(join(tmpdir(), "backend-db-mcp-fidelity-")), "fidelity.json");
  const env = { ...process.env, LONG: "1", FIGURES: figures };
  execFileSync("npx", ["vitest", "run", "tests/fidelity"], { cwd: here(".."), env, stdio: ["ignore", 2, 2] });
  return JSON.parse(readFileSync(figures, "utf8"));
}

/** What stands in a results file before, of runs that were left out this time. */
const kept = JSON.parse(readFileSync(here("results.json"), "utf8"));

/** The table of every query and index is printed; the totals are kept. */
const withoutRows = (figures) => JSON.parse(JSON.stringify(figures, (key, value) => (key.startsWith("per_") ? undefined : value)));

/** Each by the name that its figures have, in the order in which they run. */
const benches = {
  start: startCost,
  tokens: tokenReport,
  analyze_query_on_20_tables_of_ddl: () => runs(onText),
  analyze_query_on_2_of_20_tables: () => onDatabase(20, asked(2)),
  analyze_query_on_10_of_500_tables: () => onDatabase(500, asked(10)),
  first_questions_on_300_tables: () => onDatabase(300, wholeSchema),
  analyze_query: analyzeQueryCost,
  explain: explainCost,
  explain_chain: explainChainCost,
  attacks: attackFigures,
  check_migrations: checkCost,
  migration_exam: migrationExam,
  review_schema: () => reviewCost([1000, 10_000]),
  http: async () => ({ ...kept.http, ...(await httpLoad({ minutes: process.argv.includes("--http-memory") ? 10 : 0 })) }),
  candidate_indexes: hypopg,
  indexes: indexAdviceDrawn,
  real_indexes: async () => withoutRows(await realIndexes()),
  fidelity: () => (process.argv.includes("--fidelity") ? fidelity() : undefined),
};

/** `npm run bench -- indexes` runs that alone. What is left out, or could not run here, keeps its last figures. */
const only = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const unknown = only.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}: ${Object.keys(benches).join(", ")}.`);
  process.exit(1);
}
const results = { ...kept, at: new Date().toISOString().slice(0, 10), node: process.version, processors: cpus().length };
for (const [name, bench] of Object.entries(benches)) {
  if (only.length > 0 && !only.includes(name)) continue;
  const figures = await bench();
  if (figures !== undefined) results[name] = figures;
}
writeFileSync(here("results.json"), `${JSON.stringify(results, null, 2)}\n`);
process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
process.exit(0);
