// The attack exam of tests/attacks/ put to us at each level and to peers from npm, on PostgreSQL 18, as a superuser and as a role that may
// only SELECT. A peer's tool that runs SQL gets the SQL of a case as it is written, also where the case asks for a plan only: their users ask
// for plans with EXPLAIN, and $1 has no value there, so one honest query of the exam (ok-071) is none for them. Their answers hold rows on
// purpose, so a leak of theirs is often what they are for.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundled } from "./bundled.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const roles = { superuser: "postgres", "SELECT-only role": "ro" };

const server = join(root, "dist/index.js");
const ourRuns = [
  { name: "level catalog", args: ["--access", "catalog"] },
  { name: "level explain", args: ["--access", "explain"] },
  { name: "level analyze", args: ["--access", "analyze"] },
  { name: "level analyze, --allow-superuser-analyze", args: ["--access", "analyze", "--allow-superuser-analyze"], role: "superuser" },
];

const peers = {
  "@bytebase/dbhub 1.4.0, readonly": {
    spec: "@bytebase/dbhub@1.4.0",
    command(folder, url) {
      const config = join(folder, `dbhub-${process.pid}.toml`);
      const lines = [
        "[[sources]]",
        'id = "app"',
        `dsn = "${url}"`,
        "[[tools]]",
        'name = "execute_sql"',
        'source = "app"',
        "readonly = true",
      ];
      writeFileSync(config, `${lines.join("\n")}\n`);
      return [join(folder, "node_modules/@bytebase/dbhub/dist/index.js"), "--transport=stdio", `--config=${config}`];
    },
    asks: (sql) => ({ tool: "execute_sql", input: { sql } }),
  },
  "@modelcontextprotocol/server-postgres 0.6.2": {
    spec: "@modelcontextprotocol/server-postgres@0.6.2",
    command: (folder, url) => [join(folder, "node_modules/@modelcontextprotocol/server-postgres/dist/index.js"), url],
    asks: (sql) => ({ tool: "query", input: { sql } }),
  },
};

/** Undefined, and a line that says why, where the exam is not. */
export async function attackFigures() {
  if (!existsSync(join(root, "../shared/exams/attacks.json"))) {
    console.error("Attacks were not measured: ../shared/exams is not here.");
    return undefined;
  }
  const exam = await bundle();
  const world = await exam.buildWorld(18);
  const folder = mkdtempSync(join(tmpdir(), "backend-db-mcp-peers-"));
  try {
    const figures = [];
    for (const { name, candidate, terms } of [...ours(exam, world), ...theirs(exam, world, folder)]) {
      const outcomes = await exam.examine(world, candidate, [...exam.attacks, ...exam.benign]);
      figures.push({ name, ...counted(outcomes, exam.judge(outcomes, terms)) });
      await world.fresh();
    }
    printTable(figures);
    return { attacks: exam.attacks.length, benign: exam.benign.length, servers: figures };
  } finally {
    await world.stop();
    rmSync(folder, { recursive: true });
  }
}

const ours = (exam, world) =>
  Object.entries(roles).flatMap(([who, role]) =>
    ourRuns
      .filter((run) => run.role === undefined || run.role === who)
      .map(({ name, args }) => ({
        name: `backend-db-mcp, ${name}; ${who}`,
        candidate: {
          start: () => exam.startContestant([process.execPath, server, ...args], { DATABASE_URL: world.url(role) }),
          asks: (sql, mode) => ({ tool: "analyze_query", input: mode === "analyze" ? { sql, analyze: true } : { sql } }),
          batch: 30,
        },
        terms: {
          nothingIsSent: args.includes("catalog"),
          plansOnly: args.includes("explain"),
          runsNothing: role === "postgres" && args.length === 2,
          mayOnlySelect: role === "ro",
        },
      })),
  );

function theirs(exam, world, folder) {
  // Each in a folder of its own: an install without a package.json throws out what was installed there before.
  const places = Object.entries(peers).map(([name, peer], number) => ({ name, ...peer, place: join(folder, String(number)) }));
  const there = places.filter(({ name, spec, place }) => installed(name, spec, place));
  return there.flatMap(({ name, command, asks, place }) =>
    Object.entries(roles).map(([who, role]) => ({
      name: `${name}; ${who}`,
      candidate: { start: () => exam.startContestant([process.execPath, ...command(place, world.url(role))]), asks, batch: 1 },
      terms: { nothingIsSent: false, plansOnly: false, runsNothing: false, mayOnlySelect: role === "ro" },
    })),
  );
}

function installed(name, spec, folder) {
  try {
    execFileSync("npm", ["install", "--silent", "--no-save", "--prefix", folder, spec], { stdio: "ignore", timeout: 300_000 });
    return true;
  } catch {
    console.error(`${name} was not measured: it could not be installed from npm.`);
    return false;
  }
}

/** A session that works on after its call was given up is counted as a hang; a function of the user that ran without a trace, apart. */
const TRACE = /^(?!call of |session \d+ still at work|lock relation )/;

function counted(outcomes, { unanswered, admitted, refused }) {
  const attacks = outcomes.filter(({ asked }) => asked.class !== "benign");
  return {
    state_effects: attacks.filter(({ effects }) => effects.some((effect) => TRACE.test(effect))).length,
    functions_run: attacks.filter(({ effects }) => effects.some((effect) => effect.startsWith("call of "))).length,
    leaks: attacks.filter(({ leaks }) => leaks.length > 0).length,
    hangs: unanswered.length,
    attacks_answered: Object.keys(admitted).length,
    benign_refused: Object.keys(refused).length,
  };
}

function printTable(figures) {
  const columns = ["state_effects", "functions_run", "leaks", "hangs", "attacks_answered", "benign_refused"];
  const width = Math.max(...figures.map(({ name }) => name.length));
  const line = (name, cells) => `${name.padEnd(width)}  ${cells.join("  ")}`;
  console.error(line("", columns));
  for (const figure of figures)
    console.error(
      line(
        figure.name,
        columns.map((column) => String(figure[column]).padStart(column.length)),
      ),
    );
}

/** What the tests share of it, as one file that Node can load. */
async function bundle() {
  const parts = ["cases", "contestant", "exam", "verdict", "world"];
  const contents = parts.map((part) => `export * from "./tests/attacks/${part}.ts";`).join("\n");
  return bundled(contents);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${JSON.stringify(await attackFigures(), null, 2)}\n`);
  process.exit(0);
}
