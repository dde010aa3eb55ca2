// Migration rules beside squawk-cli: the cases of ../shared/exams/migrations.json, graded by one hand, and the CPU of 10,000 statements of which nothing is
// known but their text.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundled } from "./bundled.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const exams = join(root, "../shared/exams");
const SQUAWK = "2.66.0";

/** What its rules are called here; of several, the one that the case asks for. */
const names = {
  "adding-field-with-default": ["add-column-volatile-default", "add-column-stored-generated", "add-column-default-rewrite-pre11"],
  "adding-foreign-key-constraint": ["add-foreign-key-without-not-valid"],
  "adding-not-nullable-field": ["set-not-null-scan"],
  "adding-required-field": ["add-column-not-null-without-default"],
  "adding-serial-primary-key-field": ["add-primary-key-without-index", "add-column-auto-increment"],
  "ban-alter-domain-with-add-constraint": ["domain-constraint"],
  "ban-char-field": ["char-type"],
  "ban-concurrent-index-creation-in-transaction": ["concurrent-op-in-transaction"],
  "ban-create-domain-with-constraint": ["domain-constraint"],
  "ban-drop-column": ["drop-column"],
  "ban-drop-database": ["drop-database"],
  "ban-drop-not-null": ["drop-not-null"],
  "ban-drop-table": ["drop-table"],
  "ban-duplicate-column-assignments": ["duplicate-column-assignment"],
  "ban-truncate-cascade": ["truncate-cascade", "truncate"],
  "ban-uncommitted-transaction": ["uncommitted-transaction"],
  "changing-column-type": ["alter-column-type"],
  "constraint-missing-not-valid": [
    "add-check-without-not-valid",
    "add-foreign-key-without-not-valid",
    "validate-constraint-same-transaction",
  ],
  "disallowed-unique-constraint": ["add-unique-constraint-without-index"],
  "identifier-too-long": ["identifier-too-long"],
  "prefer-bigint-over-int": ["prefer-bigint"],
  "prefer-bigint-over-smallint": ["prefer-bigint"],
  "prefer-big-int": ["prefer-bigint"],
  "prefer-identity": ["prefer-identity"],
  "prefer-repack": ["vacuum-full-or-cluster"],
  "prefer-robust-stmts": ["not-idempotent"],
  "prefer-text-field": ["prefer-text"],
  "prefer-timestamp-tz": ["prefer-timestamptz"],
  "renaming-column": ["rename-column"],
  "renaming-table": ["rename-table"],
  "require-concurrent-index-creation": ["create-index-not-concurrent"],
  "require-concurrent-index-deletion": ["drop-index-not-concurrent"],
  "require-concurrent-partition-detach": ["detach-partition-not-concurrent"],
  "require-concurrent-reindex": ["reindex-not-concurrent"],
  "require-enum-value-ordering": ["enum-value-without-position"],
  "require-lock-timeout": ["missing-lock-timeout"],
  "require-statement-timeout": ["missing-statement-timeout"],
  "require-table-schema": ["unqualified-table-name"],
  "require-timeout-settings": ["missing-lock-timeout", "missing-statement-timeout"],
  "transaction-nesting": ["transaction-nesting"],
};
/** Off unless asked for. */
const OPTIONAL = ["require-table-schema"];

/** Undefined, and a line that says why, where the exam or squawk is missing. */
export async function migrationExam() {
  const folder = mkdtempSync(join(tmpdir(), "bench-squawk-"));
  try {
    const squawk = installed(folder);
    if (!squawk) return undefined;
    return { ...(existsSync(exams) ? graded(squawk, folder) : {}), cpu_of_10000_statements_s: await cpuOfMany(squawk, folder) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function installed(folder) {
  try {
    execFileSync("npm", ["install", "--silent", "--no-save", "--prefix", folder, `squawk-cli@${SQUAWK}`], {
      stdio: "ignore",
      timeout: 300_000,
    });
    return join(folder, "node_modules/@squawk-cli", `${process.platform}-${process.arch}`, "bin/squawk");
  } catch {
    process.stderr.write("squawk-cli was not measured: it could not be installed from npm.\n");
    return undefined;
  }
}

function graded(squawk, folder) {
  const cases = JSON.parse(readFileSync(join(exams, "migrations.json"), "utf8"));
  const hazards = JSON.parse(readFileSync(join(exams, "ids.json"), "utf8")).hazard;
  const answers = cases.map((one) => ({ complete: one.complete, ...gradeOf(one, reportsOf(squawk, folder, one), hazards) }));
  const score = (those) => scoreOf(those);
  return {
    cases: cases.length,
    ours: oursByTest(),
    [`squawk_${SQUAWK}`]: { all: score(answers), complete: score(answers.filter(({ complete }) => complete)) },
  };
}

/** As tests/rules/migration-exam.test.ts grades ours. */
function gradeOf({ expected, scope }, reports, hazards) {
  const judges = (id) => scope.includes(id) || (scope.includes("*hazard") && hazards.includes(id));
  const said = new Set(reports.map((ids) => ids.find((id) => expected.includes(id)) ?? ids.find(judges) ?? ids[0]));
  return {
    right: expected.filter((id) => said.has(id)).length,
    wrong: [...said].filter((id) => judges(id) && !expected.includes(id)).length,
    missed: expected.filter((id) => !said.has(id)).length,
  };
}

function scoreOf(answers) {
  const sum = (part) => answers.reduce((total, answer) => total + answer[part], 0);
  const share = (one, other) => Number((one / Math.max(1, one + other)).toFixed(3));
  return { precision: share(sum("right"), sum("wrong")), recall: share(sum("right"), sum("missed")) };
}

/** Of what it read before the case, nothing counts. */
function reportsOf(squawk, folder, { sql, suite, settings }) {
  const file = join(folder, "case.sql");
  writeFileSync(file, sql);
  const inTransaction = settings.assume_in_transaction ?? suite === "pgls";
  const version = settings.pg_version === undefined ? [] : ["--pg-version", settings.pg_version];
  const args = [...(inTransaction ? ["--assume-in-transaction"] : []), ...version, ...OPTIONAL.flatMap((rule) => ["--include", rule])];
  const { stdout } = spawnSync(squawk, [...args, "--reporter", "json", file], { encoding: "utf8" });
  return JSON.parse(stdout || "[]").flatMap(({ rule_name }) => (names[rule_name] ? [names[rule_name]] : []));
}

function oursByTest() {
  const { stdout, stderr } = spawnSync("npx", ["vitest", "run", "tests/rules/migration-exam.test.ts"], { cwd: root, encoding: "utf8" });
  const line = /^\{"all":.*\}$/m.exec(`${stdout}\n${stderr}`)?.[0] ?? /The migration exam (\{.*\})/.exec(`${stdout}\n${stderr}`)?.[1];
  if (line === undefined) throw new Error("tests/rules/migration-exam.test.ts told no score.");
  const { all, complete } = JSON.parse(line);
  const rounded = ({ precision, recall }) => ({ precision: Number(precision.toFixed(3)), recall: Number(recall.toFixed(3)) });
  return { all: rounded(all), complete: rounded(complete) };
}

const forms = [
  (n) => `alter table t${n % 500} add column c${n} int not null default ${n};`,
  (n) => `create index i${n} on t${n % 500} (c${n});`,
  (n) => `alter table t${n % 500} alter column c${n} set not null;`,
  (n) => `alter table t${n % 500} add constraint f${n} foreign key (c${n}) references t${(n + 1) % 500} (id);`,
  (n) => `update t${n % 500} set c${n} = 1 where id = ${n};`,
];
const STATEMENTS = 10_000;
/** Of ours: a text has 100,000 characters at most. */
const EACH = 1000;

/** Seconds. Ours without its start, squawk's with it. */
async function cpuOfMany(squawk, folder) {
  const lines = Array.from({ length: STATEMENTS }, (_, n) => forms[n % forms.length](n));
  const file = join(folder, "many.sql");
  writeFileSync(file, lines.join("\n"));
  const ours = await bundled(`
    export { readScript } from "./src/migration/script.ts";
    export { run } from "./src/rules/rule.ts";
    export { migrationRules } from "./src/rules/migration-rules.ts";`);
  await ours.readScript("select 1", { wrapped: false });
  const start = process.cpuUsage();
  let findings = 0;
  for (let at = 0; at < STATEMENTS; at += EACH) {
    const steps = await ours.readScript(lines.slice(at, at + EACH).join("\n"), { wrapped: false });
    for (const step of steps) findings += ours.run(ours.migrationRules, step, 18).length;
  }
  const { user, system } = process.cpuUsage(start);
  const { stdout } = spawnSync("bash", ["-c", `"${squawk}" "${file}" > "${file}.out"; times`], { encoding: "utf8" });
  const squawks = Array.from(
    stdout
      .trim()
      .split("\n")[1]
      .matchAll(/(\d+)m([\d.]+)s/g),
    ([, minutes, seconds]) => 60 * minutes + Number(seconds),
  );
  return { ours: Number(((user + system) / 1e6).toFixed(2)), findings, squawk: Number(squawks.reduce((a, b) => a + b, 0).toFixed(2)) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${JSON.stringify(await migrationExam(), null, 2)}\n`);
  process.exit(0);
}
