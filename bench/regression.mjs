// Postgres's own regression suite through analyze_query: whether each statement is read, refused with a reason, or brings something down.
// Its files are at https://github.com/postgres/postgres/tree/master/src/test/regress/sql and are not copied here.
//
//   node bench/regression.mjs <folder of .sql files> [statements, 300] [seed]
//
// Each statement stands on what its own file and test_setup.sql create, in tables of rows that are made up.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadModule, parseSync } from "libpg-query";
import { bundled } from "./bundled.mjs";

const root = new URL("..", import.meta.url);

/** Milliseconds for one statement. */
const PATIENCE = 60_000;

const asked = /^[\s(]*(?:select|with|insert|update|delete|merge|values|table)\b/i;

const made = new Set(
  `AlterDomainStmt AlterEnumStmt AlterTableStmt CompositeTypeStmt CreateCastStmt CreateDomainStmt CreateEnumStmt CreateExtensionStmt CreateFunctionStmt
   CreatePolicyStmt CreateRangeStmt CreateSchemaStmt CreateSeqStmt CreateStatsStmt CreateStmt CreateTableAsStmt CreateTrigStmt DefineStmt IndexStmt
   RuleStmt ViewStmt`.split(/\s+/),
);

const opaque = /"(?:[^"]|"")*"|\be'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|(\$(?:[\p{L}_]\w*)?\$)[\s\S]*?\1|--.*|\/\*[\s\S]*?\*\//giu;

/** A query that psql sends by `\g…` ends there. */
const withEnds = (text) => text.replace(/\\(?:g|gx|gset|gexec|gdesc|crosstabview|watch|parse|bind|bind_named|sendpipeline)\b.*$/gm, ";");

/** psql's other words: `\;` stands for a semicolon, and a command takes its line; a variable in quotes is a text or a name. */
const withoutCommands = (text) =>
  text
    .replaceAll("\\;", ";")
    .replace(/\\[a-z?!]+.*$/gim, "")
    .replace(/(?<!:):(?=\ue000)/g, "");

/** The statements of a script, whether the parser takes them or not. */
function statementsIn(text, withoutPsqlLines) {
  const kept = [];
  const keep = (found) => `\ue000${kept.push(found) - 1}\ue001`;
  const bare = withoutCommands(
    withoutPsqlLines(withEnds(text)).replace(opaque, (found) => (/^(?:--|\/\*)/.test(found) ? " " : keep(found))),
  );
  const body = /\bbegin\s+atomic\b[\s\S]*?\bend\b\s*;/gi;
  const actions = /\bdo\s+(?:also\s+|instead\s+)?\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/gi;
  return bare
    .replace(body, (found) => `${keep(found.slice(0, -1))};`)
    .replace(actions, keep)
    .split(";")
    .map((statement) => restored(statement, kept).trim())
    .filter(Boolean);
}

function restored(text, kept) {
  const whole = text.replace(/\ue000(\d+)\ue001/g, (_, place) => kept[place]);
  return whole === text ? whole : restored(whole, kept);
}

function kindOf(statement) {
  try {
    const [{ stmt }, ...more] = parseSync(statement).stmts;
    return more.length === 0 ? Object.keys(stmt)[0] : undefined;
  } catch {
    return undefined;
  }
}

/** mulberry32: the same seed draws the same statements everywhere. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const shuffled = (values, random) =>
  values
    .map((value) => ({ value, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);

/** As many of each file, until there are enough. */
function drawn(files, count, random) {
  const all = files.map(({ name, statements }) => ({
    name,
    left: shuffled(
      statements.filter((statement) => asked.test(statement)),
      random,
    ),
  }));
  const chosen = [];
  for (let left = all; chosen.length < count && left.length > 0; left = left.filter((file) => file.left.length > 0)) {
    for (const file of left) {
      const sql = chosen.length < count ? file.left.pop() : undefined;
      if (sql !== undefined) chosen.push({ file: file.name, sql });
    }
  }
  return chosen;
}

/** What a file stands on. A second CREATE of a name, and what needs the server's own files, is refused and left out. */
function schemaOf(statements, random) {
  // A temporary table stands for one that lasts: what a session keeps to itself is no schema.
  const creating = statements
    .filter((statement) => made.has(kindOf(statement)))
    .map((statement) => statement.replace(/^create\s+(?:temp|temporary)\s+/i, "create "));
  const tables = creating.flatMap(
    (statement) => /^create\s+(?:unlogged\s+)?table\s+(?:if not exists\s+)?(\w+(?:\.\w+)?)(?=[\s(])/i.exec(statement)?.[1] ?? [],
  );
  const rows = [...new Set(tables)].map((table) => `-- rows: ${table} ${Math.round(10 ** (1 + 5 * random()))}`);
  return [...rows, ...creating.map((statement) => `${statement};`)].join("\n");
}

/** "read", or what the caller is told, or what broke. */
async function outcomeOf(tool, input, context) {
  try {
    const parsed = tool.input.parse(input);
    const answer = await tool.run(parsed, context);
    const text = tool.render(answer, parsed);
    const { refused } = answer.statements[0] ?? {};
    if (text === "" || !tool.output.safeParse(JSON.parse(JSON.stringify(answer))).success)
      return { what: "crashed", why: "an answer of another shape" };
    if (refused !== undefined) return { what: "refused", why: refused };
    return answer.plan ? { what: "read and planned" } : { what: "read, not planned", why: answer.limits.at(-1) ?? "" };
  } catch (error) {
    if (error.name !== "ToolError" || error.code === "twin_failed") return { what: "crashed", why: error.stack };
    return {
      what: error.code === "timeout" || error.code === "cancelled" ? "timed out" : "refused",
      why: `${error.code}: ${error.message}`,
      code: error.code,
    };
  }
}

async function main([folder, count = "300", seed = String(Date.now() % 100_000)]) {
  if (folder === undefined) throw new Error("node bench/regression.mjs <folder of .sql files> [statements] [seed]");
  await loadModule();
  const { openServices, tools, withoutPsqlLines } = await bundled(
    'export { openServices } from "./src/runtime.ts"; export { tools } from "./src/tools/index.ts"; export { withoutPsqlLines } from "./src/sql/psql.ts";',
  );
  const tool = tools.find(({ name }) => name === "analyze_query");
  const random = randomFrom(Number(seed));
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .map((name) => ({ name, statements: statementsIn(readFileSync(join(folder, name), "utf8"), withoutPsqlLines) }));
  const statementsOf = new Map(files.map(({ name, statements }) => [name, statements]));
  const chosen = drawn(files, Number(count), random).toSorted((a, b) => (a.file < b.file ? -1 : 1));
  tell(`${chosen.length} statements of ${new Set(chosen.map(({ file }) => file)).size} files, seed ${seed}`);

  let loose;
  process.on("unhandledRejection", (error) => {
    loose = error;
  });
  const access = { level: "catalog", trusted: [], analyzeAsSuperuser: false };
  const services = openServices({ environment: {}, access, root });
  const told = [];
  for (const [place, { file, sql }] of chosen.entries()) {
    if (chosen[place - 1]?.file !== file)
      statementsOf.set(
        "",
        schemaOf([...(statementsOf.get("test_setup.sql") ?? []), ...(file === "test_setup.sql" ? [] : statementsOf.get(file))], random),
      );
    const context = { ...services, signal: AbortSignal.timeout(PATIENCE), cause: { name: "bench" }, progress() {} };
    const outcome = await outcomeOf(tool, { sql, schema_sql: statementsOf.get("") }, context);
    told.push({ file, sql, ...(loose ? { what: "crashed", why: `unhandled: ${loose.stack}` } : outcome) });
    loose = undefined;
  }
  await services.close();
  report(told);
}

const tell = (text) => process.stdout.write(`${text}\n`);

function report(told) {
  for (const what of ["read and planned", "read, not planned", "refused", "crashed", "timed out"]) {
    tell(`${what}: ${told.filter((each) => each.what === what).length}`);
  }
  for (const { file, sql, what, why } of told)
    if (what !== "read and planned") tell(`\n[${what}] ${file}\n${sql.slice(0, 2000)}\n=> ${why}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2));
  process.exit(0);
}
