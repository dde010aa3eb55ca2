// Our advice beside what other advisors said of the same workloads (../shared/workloads/*/peers), all by one evaluator: the costs and sizes of
// the twin, on the statistics of the loaded database. For every recorded answer we get the bytes that it takes, and no more.
//
//   node bench/indexes.mjs [oltp|tpch]        or, of all benches: npm run bench -- indexes
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundled } from "./bundled.mjs";
import { boundsFor } from "./index-bound.mjs";
import { adviceCpu, wideAdviceCpu } from "./indexes-cpu.mjs";
import { drawCurves } from "./indexes-curve.mjs";

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const shared = here("../../shared/workloads");
const BLOCK = 8192;

/** Cost of the peer's answer that ours may reach at most, by the share of the tables' bytes that it takes. */
const oltpTarget = (share) => ({ sum: share < 0.15 ? 0.9 : share <= 0.35 ? 0.7 : 0.3 });
const workloads = {
  oltp: { left: [], target: oltpTarget },
  // Correlated sub-queries without an index: each costs a thousand times the rest together.
  tpch: { left: ["q02.sql", "q17.sql", "q20.sql"], target: () => ({ sum: 1, geomean: 0.95 }) },
};

/** Budgets of the curve, as shares of the tables' bytes. */
const BUDGETS = [0.05, 0.1, 0.15, 0.2, 0.25, 0.35, 0.5, 0.75, 1];

const rounded = (number, digits = 3) => Number(number.toFixed(digits));
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Undefined, and a line that says why, where the workloads are missing. */
export async function indexAdvice(only = Object.keys(workloads)) {
  if (!existsSync(shared)) {
    console.error("Index advice was not measured: ../shared/workloads is not here.");
    return undefined;
  }
  const ours = await bundled(`
    export { advise, planAll, wishesIn } from "./src/indexes/advise.ts";
    export { candidatesFor } from "./src/indexes/candidates.ts";
    export { readFacts } from "./src/indexes/column-facts.ts";
    export { sift } from "./src/indexes/refusals.ts";
    export { candidateIn } from "./src/indexes/candidate.ts";
    export { createTrials, dropTrials } from "./src/indexes/trial.ts";
    export { readCatalog, readDirectory } from "./src/catalog/catalog.ts";
    export { openSnapshot } from "./src/catalog/snapshot-database.ts";
    export { build, needsOf } from "./src/twin/build.ts";
    export { openTwin } from "./src/twin/twin.ts";
    export { parseStatements } from "./src/sql/parse.ts";
  `);
  const figures = {};
  for (const name of only) figures[name] = await inTwin(ours, name, (place) => score(ours, name, place));
  return figures;
}

async function inTwin(ours, name, ask) {
  const folder = mkdtempSync(join(tmpdir(), "workload-"));
  const file = join(folder, "snapshot.json");
  execFileSync(process.execPath, [here("workload-snapshot.mjs"), join(shared, name), file]);
  const catalog = await ours.openSnapshot(file).transaction(async (connection) => {
    const { settings, relations } = await ours.readDirectory(connection);
    const oids = relations.filter(({ schema }) => schema === "public").map(({ oid }) => oid);
    return ours.readCatalog(connection, { settings, relations: oids, functions: [] });
  }, {});
  rmSync(folder, { recursive: true });
  const twin = ours.openTwin({ folder: pathToFileURL(here("../dist/")), deadline: 600_000, budget: 7_200_000 });
  const needs = ours.needsOf(catalog);
  const result = await twin.use(needs, async (session) => {
    await ours.build(session, catalog);
    return ask({ session, catalog });
  });
  await twin.close();
  return result;
}

async function score(ours, name, { session, catalog }) {
  const { left, target } = workloads[name];
  const folder = join(shared, name, "queries");
  const files = readdirSync(folder).filter((file) => file.endsWith(".sql"));
  const statementsOf = async (names) => {
    const statements = [];
    for (const file of names) statements.push((await ours.parseStatements(readFileSync(join(folder, file), "utf8")))[0]);
    return statements;
  };
  const wanted = files.filter((file) => !left.includes(file)).sort();
  const statements = await statementsOf(wanted);
  const find = ({ schema = "public", name: table }) => catalog.tables.find((each) => each.schema === schema && each.name === table);
  const tableBytes = catalog.tables.reduce((sum, { size }) => sum + size.blocks * BLOCK, 0);

  const costs = async () => {
    const found = [];
    for (const { text } of statements) {
      const { plan, refused } = await session.explain({ sql: text, searchPath: ["public"], generic: false, hidden: [] });
      if (refused) throw new Error(`${text}: ${refused.message}`);
      found.push(plan[0].Plan["Total Cost"]);
    }
    return found;
  };
  const start = await costs();
  const judged = (after, weights = start.map(() => 1)) => ({
    cost_percent: rounded(
      (100 * sum(after.map((cost, place) => cost * weights[place]))) / sum(start.map((cost, place) => cost * weights[place])),
    ),
    geomean_percent: rounded(100 * Math.exp(sum(after.map((cost, place) => Math.log(cost / start[place]))) / after.length)),
  });
  /** Really creates indexes in the twin, sizes them, and plans every statement with all of them. */
  const evaluate = async (candidates, weights) => {
    const { trials, refused } = await ours.createTrials(session, { candidates, tables: catalog.tables, searchPath: ["public"] });
    if (refused.length > 0) throw new Error(refused[0].message);
    const after = await costs();
    await ours.dropTrials(session, trials);
    return { bytes: trials.reduce((total, { bytes }) => total + bytes, 0), indexes: candidates.length, ...judged(after, weights), after };
  };
  const numbered = (weights) => statements.map((statement, place) => ({ number: place + 1, statement, weight: weights[place] }));
  const asked = async (statements, limits) => {
    const before = cpu();
    const place = { session, searchPath: ["public"], tables: catalog.tables, find };
    const advice = await ours.advise({ ...place, statements, limits, progress: () => undefined });
    return { advice, spent: cpu() - before };
  };
  const advised = async (budget, weights = statements.map(() => 1)) => {
    const limits = { budget, mostIndexes: Number.POSITIVE_INFINITY, leastGain: 0.01 };
    const { advice, spent } = await asked(numbered(weights), limits);
    const refused = advice.statements.filter((statement) => statement.refused).map(({ number }) => wanted[number - 1]);
    const chosen = advice.chosen.map(({ candidate }) => candidate);
    return { ...(await evaluate(chosen, weights)), cpu_ms: Math.round(spent), explains: advice.explains, refused };
  };

  const boundsOf = (weights) => boundsFor(ours, { session, catalog, find, statements: numbered(weights) });
  const calls = join(shared, name, "weights.json");
  const weights = existsSync(calls) ? ((all) => wanted.map((file) => all[file] ?? 1))(JSON.parse(readFileSync(calls, "utf8"))) : undefined;
  const curve = [];
  for (const share of BUDGETS) {
    const { after: _, refused: __, ...point } = await advised(share * tableBytes);
    curve.push({ budget: share, ...point, bytes_percent: rounded((100 * point.bytes) / tableBytes, 1) });
  }
  const peers = [];
  for (const file of readdirSync(join(shared, name, "peers")).sort()) {
    const { indexes, explain_calls, wall_s } = JSON.parse(readFileSync(join(shared, name, "peers", file), "utf8"));
    const candidates = [];
    for (const text of indexes) candidates.push(ours.candidateIn((await ours.parseStatements(text))[0], find));
    const peer = await evaluate(candidates);
    const mine = await advised(peer.bytes);
    const allowed = target(peer.bytes / tableBytes);
    const ratio = {
      cost: rounded(mine.cost_percent / peer.cost_percent),
      geomean: rounded(mine.geomean_percent / peer.geomean_percent),
    };
    peers.push({
      peer: file.replace(".json", ""),
      bytes: peer.bytes,
      bytes_percent: rounded((100 * peer.bytes) / tableBytes, 1),
      indexes: [peer.indexes, mine.indexes],
      cost_percent: [peer.cost_percent, mine.cost_percent],
      geomean_percent: [peer.geomean_percent, mine.geomean_percent],
      ratio,
      allowed,
      reached: mine.bytes <= peer.bytes && ratio.cost <= allowed.sum && ratio.geomean <= (allowed.geomean ?? Number.POSITIVE_INFINITY),
      explains: [explain_calls, mine.explains],
      seconds: [wall_s, rounded(mine.cpu_ms / 1000, 2)],
    });
  }
  const missed = peers.filter(({ reached }) => !reached);
  const bounds = missed.length > 0 ? await boundsOf(statements.map(() => 1)) : undefined;
  for (const peer of missed) Object.assign(peer, await boundOf(bounds, peer));
  for (const peer of peers) console.error(lineOf(peer));
  return {
    statements: statements.length,
    table_mb: Math.round(tableBytes / 1024 / 1024),
    cpu_ms: await adviceCpu(name, wanted),
    weighted: weights && (await weighted({ wanted, weights, advised, tableBytes, start, boundsOf })),
    curve,
    peers,
    planner: bounds && { candidates: bounds.candidates, plans: bounds.plans, dearer_with_more: bounds.broken },
    verdict: verdictOf(peers),
  };
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** From a bound, as a share: nearer counts as on it. */
const NEAR = 0.02;

/** Of an answer that misses what is asked: how near any choice of our candidates comes in both figures at once, and how far ours is from that. */
async function boundOf(bounds, { bytes, cost_percent: [cost, our], geomean_percent: [geomean, ourGeomean], allowed }) {
  const asked = { sum: (allowed.sum * cost) / 100, ...(allowed.geomean && { geomean: (allowed.geomean * geomean) / 100 }) };
  const ours = Math.max(our / 100 / asked.sum, asked.geomean ? ourGeomean / 100 / asked.geomean : 0);
  const { factor, proven, ...least } = await bounds.nearest({ budget: bytes, asked, most: ours });
  const bound = {
    least_cost: rounded((100 * least.sum) / cost),
    ...(least.geomean && { least_geomean: rounded((100 * least.geomean) / geomean) }),
    factor: rounded(factor),
    ours: rounded(ours),
    proven,
  };
  return { bound, near: factor > 1 && proven && ours <= factor * (1 + NEAR) };
}

function verdictOf(peers) {
  const reached = peers.filter((peer) => peer.reached).length;
  const near = peers.filter((peer) => peer.near).length;
  return `${reached} of ${peers.length} reached, ${near} within ${100 * NEAR} % of the bound, ${peers.length - reached - near} missed`;
}

const boundLine = ({ least_cost, least_geomean, factor, ours, proven }) =>
  `\n      ${proven ? "bound" : "not proven"}: least cost x${least_cost}${least_geomean ? `, with the cost asked for least geomean x${least_geomean}` : ""}; what is asked is exceeded by x${factor} at least, ours by x${ours}`;

const lineOf = ({ peer, bound, near, bytes_percent, cost_percent, geomean_percent, ratio, allowed, reached, explains, seconds }) =>
  `${reached ? "  " : near ? "= " : "! "}${peer.padEnd(18)} ${String(bytes_percent).padStart(6)} %  cost ${cost_percent.join(" -> ").padEnd(20)} x${ratio.cost} (${allowed.sum})  geomean ${geomean_percent.join(" -> ").padEnd(18)} x${ratio.geomean}  plans ${explains.join(" / ")}  s ${seconds.join(" / ")}${bound ? boundLine(bound) : ""}`;

/** Of the start cost, by calls, what is left at most. */
const WEIGHTED = 0.03;

/** By the calls of each statement, at a quarter of the tables' bytes. Where statements keep more than half of their cost: how many of them do whatever is chosen. */
async function weighted({ wanted, weights, advised, tableBytes, start, boundsOf }) {
  const { cost_percent, after, bytes } = await advised(tableBytes / 4, weights);
  const dear = wanted.filter((_, place) => after[place] > start[place] / 2);
  const told = { bytes_percent: rounded((100 * bytes) / tableBytes, 1), cost_percent, above_half: dear };
  if (dear.length === 0) return told;
  const bounds = await boundsOf(weights);
  const { lower, proven } = await bounds.fewestDear({ budget: tableBytes / 4, sumAtMost: WEIGHTED });
  await bounds.end();
  return { ...told, above_half_at_least: Math.round(lower), proven };
}

/** The same, with the picture of it. */
export async function indexAdviceDrawn() {
  const figures = await indexAdvice();
  if (!figures) return undefined;
  writeFileSync(here("index-advice.svg"), drawCurves(figures));
  return { ...figures, wide: await wideAdviceCpu() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const only = process.argv.slice(2);
  process.stdout.write(`${JSON.stringify(await indexAdvice(only.length > 0 ? only : undefined), null, 2)}\n`);
  process.exit(0);
}
