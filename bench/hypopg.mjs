// The candidates of bench/candidates/ on Debian's PostgreSQL 15, three times: as the twin foresees them, as HypoPG does, and really built.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import pg from "pg";
import { bundled } from "./bundled.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = "/usr/lib/postgresql/15/bin";
const extension = "/usr/share/postgresql/15/extension/hypopg.control";

/** Undefined, and a line that says why, where the packages are not installed. */
export async function hypopg() {
  if (!existsSync(extension) || !existsSync(join(bin, "postgres"))) {
    console.error("HypoPG was not measured: apt-get install postgresql-15 postgresql-15-hypopg");
    return undefined;
  }
  const ours = await bundle();
  const cluster = await startCluster();
  try {
    const client = new pg.Client({ connectionString: cluster.url });
    await client.connect();
    await ours.loadData(client);
    const wanted = ours.readCandidates();
    const hypo = await hypothetical(client, wanted);
    const catalog = await ours.wholeCatalog(cluster.url);
    const real = await ours.buildAll(client, wanted);
    await client.end();
    const planner = ours.openTwin({ folder: pathToFileURL(join(root, "dist/")) });
    const twin = await planner.use(ours.needsOf(catalog), (session) => ours.predict(session, catalog, wanted));
    await planner.close();
    // HypoPG refuses some kinds, and has no statistics for expressions: beside all that each answers, what both do, with and without those.
    const both = (position) => hypo[position].refused === undefined && twin[position].refused === undefined;
    const plain = (position) => both(position) && !isExpression(wanted[position].index);
    const sets = { all: () => true, both_answer: both, both_answer_no_expressions: plain };
    return {
      candidates: wanted.length,
      queries: wanted.reduce((sum, { queries }) => sum + queries.length, 0),
      ...Object.fromEntries(
        Object.entries(sets).map(([name, isMeant]) => [
          name,
          { twin: figures(twin, real, wanted, isMeant), hypopg: figures(hypo, real, wanted, isMeant) },
        ]),
      ),
    };
  } finally {
    await cluster.stop();
  }
}

/** What the tests share of it, as one file that Node can load. */
async function bundle() {
  const contents = `
    import { readCatalog, readDirectory } from "./src/catalog/catalog.ts";
    import { connectionFrom } from "./src/database/connection-string.ts";
    import { openDatabase } from "./src/database/live-database.ts";
    export { needsOf } from "./src/twin/build.ts";
    export { openTwin } from "./src/twin/twin.ts";
    export * from "./tests/indexes/trials.ts";
    export async function wholeCatalog(url) {
      const database = openDatabase(connectionFrom({ DATABASE_URL: url }));
      try {
        return await database.transaction(async (connected) => {
          const { settings, relations, functions } = await readDirectory(connected);
          return readCatalog(connected, {
            settings,
            relations: relations.filter(({ system }) => !system).map(({ oid }) => oid),
            functions: functions.map(({ oid }) => oid),
          });
        }, { signal: undefined });
      } finally {
        await database.close();
      }
    }`;
  return bundled(contents);
}

/** What HypoPG says of each, in the same form. */
async function hypothetical(client, wanted) {
  await client.query("create extension hypopg");
  const tried = [];
  for (const { index, queries } of wanted) {
    await client.query("select hypopg_reset()");
    try {
      const { rows } = await client.query(
        "select indexname, hypopg_relation_size(indexrelid)::float8 / 8192 as blocks from hypopg_create_index($1)",
        [index],
      );
      const answers = [];
      for (const sql of queries) {
        const explained = await client.query(`explain (format json) ${sql}`);
        const nodes = nodesOf(explained.rows[0]["QUERY PLAN"][0].Plan);
        answers.push({
          cost: nodes[0]["Total Cost"],
          used: nodes.some((node) => rows.some(({ indexname }) => node["Index Name"] === indexname)),
          rows: 0,
        });
      }
      tried.push({ refused: undefined, blocks: rows[0]?.blocks ?? 0, limits: [], answers });
    } catch (error) {
      tried.push({ refused: error.message, blocks: 0, limits: [], answers: [] });
    }
  }
  await client.query("drop extension hypopg");
  return tried;
}

const nodesOf = (plan) => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

function figures(told, real, wanted, isMeant) {
  const pairs = wanted.flatMap(({ queries }, position) =>
    (isMeant(position) ? queries : []).map((_, number) => ({
      ours: told[position].answers[number],
      theirs: real[position].answers[number],
    })),
  );
  const answered = pairs.filter(({ ours, theirs }) => ours && theirs);
  const costs = answered.map(({ ours, theirs }) => apart(ours.cost / theirs.cost));
  const sizes = (isKind) =>
    wanted.flatMap(({ index }, position) =>
      told[position].refused === undefined && isMeant(position) && isKind(index)
        ? [apart(told[position].blocks / real[position].blocks)]
        : [],
    );
  const isOther = (index) => index.includes(" using ");
  return {
    refused_candidates: told.filter(({ refused }, position) => isMeant(position) && refused !== undefined).length,
    answered: answered.length,
    used_right: answered.filter(({ ours, theirs }) => ours.used === theirs.used).length,
    cost_ratio: { median: quantile(costs, 0.5), p90: quantile(costs, 0.9), max: quantile(costs, 1) },
    size_ratio: {
      btree_median: quantile(
        sizes((index) => !isOther(index)),
        0.5,
      ),
      btree_p90: quantile(
        sizes((index) => !isOther(index)),
        0.9,
      ),
      other_median: quantile(sizes(isOther), 0.5),
      other_p90: quantile(sizes(isOther), 0.9),
    },
  };
}

const isExpression = (index) => /\(\(|\((?:lower|slug|date_trunc|extract|substring|coalesce|date_part|to_tsvector)\(/.test(index);

/** 2 for twice as much as for half as much. */
const apart = (ratio) => Math.max(ratio, 1 / ratio);

const quantile = (numbers, share) => {
  const number = numbers.toSorted((one, other) => one - other)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))];
  return number === undefined ? undefined : Math.round(number * 1000) / 1000;
};

/** A cluster of its own in a temporary folder, of the user that Debian made for it where we are root. */
async function startCluster() {
  const folder = mkdtempSync(join(tmpdir(), "hypopg-"));
  const user = process.getuid?.() === 0 ? userNamed("postgres") : {};
  if (user.uid !== undefined) spawnSync("chown", [`${user.uid}:${user.gid}`, folder]);
  chmodSync(folder, 0o700);
  const data = join(folder, "data");
  const made = spawnSync(
    join(bin, "initdb"),
    ["-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
    {
      ...user,
      cwd: folder,
      encoding: "utf8",
    },
  );
  if (made.status !== 0) throw new Error(made.stderr);
  const port = 20_000 + (process.pid % 20_000);
  const settings = [
    "fsync=off",
    "synchronous_commit=off",
    "autovacuum=off",
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    `port=${port}`,
  ];
  const server = spawn(join(bin, "postgres"), ["-D", data, ...settings.flatMap((setting) => ["-c", setting])], {
    ...user,
    cwd: folder,
    stdio: "ignore",
  });
  const lock = join(data, "postmaster.pid");
  for (let waited = 0; waited < 600 && !(existsSync(lock) && /^ready/m.test(readFileSync(lock, "utf8"))); waited += 1) await sleep(50);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable`,
    async stop() {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGINT");
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

function userNamed(name) {
  const [, , uid, gid] = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find(([each]) => each === name);
  return { uid: Number(uid), gid: Number(gid) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${JSON.stringify(await hypopg(), null, 2)}\n`);
