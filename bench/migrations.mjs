// Migrations of a real product, read and rehearsed file by file: each is judged on the schema that those before it left. The products are not
// part of this repository.
//
//   npm run -s build && node bench/migrations.mjs DIR [--runner goose] [--in-transaction true] [--postgres 16] [--product name --commit id --root DIR --findings file.jsonl]
//     --findings  a line for each finding, with the statement, what stands around it and its tables as they were by then; names are told from --root on
import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundled } from "./bundled.mjs";

const exported = `
  export { migrationsIn, readMigrationFiles } from "./src/tools/migration-files.ts";
  export { readTables } from "./src/catalog/tables.ts";
  export { readRelationNames } from "./src/catalog/names.ts";
  export { ToolError } from "./src/error.ts";
  export { rehearse } from "./src/migration/rehearse.ts";
  export { toldOf } from "./src/tools/migration-answer.ts";
  export { readInput } from "./src/tools/migration-input.ts";
  export { knownOf, openStage } from "./src/tools/migration-rehearsal.ts";
  export { preludeOf } from "./src/twin/prelude.ts";
  export { isShipped } from "./src/twin/extensions.ts";
  export { openTwin } from "./src/twin/twin.ts";`;

/** @param {string} folder @param {{ runner?: string, inTransaction?: boolean, postgres?: number, told?: (finding: object) => void }} [options] */
export async function rehearseProduct(folder, options = {}) {
  const ours = await bundled(exported);
  const files = await ours.readMigrationFiles(await ours.migrationsIn([folder]));
  const figures = { files: 0, statements: 0, unread: [], crashed: [], refused: [], limits: [], findings: {} };
  const cpu = process.cpuUsage();
  const inputs = [];
  for (const file of files) {
    figures.files += 1;
    const input = await readOr(figures, file, () =>
      ours.readInput({ ...file, runner: options.runner, in_transaction: options.inTransaction }),
    );
    if (input === undefined) continue;
    figures.statements += input.steps.length;
    inputs.push({ ...file, ...input });
  }
  figures.read_cpu_s = seconds(cpu);
  const dist = new URL("../dist/", import.meta.url);
  const twin = ours.openTwin({ folder: dist, budget: HOUR, deadline: HOUR });
  try {
    await twin.use({ sortsByBytes: false, extensions: extensionsIn(inputs).filter(ours.isShipped), alone: true }, async (session) => {
      await session.commit();
      for (const sql of ours.preludeOf(inputs.flatMap(({ steps }) => steps.map(({ statement }) => statement)))) await session.execute(sql);
      for (const input of inputs) await readOr(figures, input, () => rehearseFile(ours, { session, input, figures, options }));
    });
  } finally {
    await twin.close();
  }
  return { ...figures, cpu_s: seconds(cpu) };

  async function readOr({ unread, crashed }, { file }, run) {
    try {
      return await run();
    } catch (error) {
      const list = error instanceof ours.ToolError ? unread : crashed;
      list.push({ file, why: error instanceof ours.ToolError ? error.message : error.stack });
      return undefined;
    }
  }
}

const HOUR = 3_600_000;

const seconds = (since) => {
  const { user, system } = process.cpuUsage(since);
  return Math.round((user + system) / 10_000) / 100;
};

const extensionsIn = (inputs) =>
  [...new Set(inputs.flatMap(({ steps }) => steps.map(({ statement }) => statement.tree.CreateExtensionStmt?.extname)))].filter(Boolean);

async function rehearseFile(ours, { session, input, figures, options }) {
  const names = (await ours.readRelationNames(session)).filter(({ system, extension }) => !system && !extension);
  const tables = await ours.readTables(
    session,
    names.map(({ oid }) => oid),
  );
  const subject = {
    session,
    catalog: { tables, statistics: [] },
    directory: { settings: { searchPath: ["public"] }, relations: names },
    basis: { source: "schema_sql" },
    sizes: "unknown",
    complete: true,
  };
  await ours.openStage(subject);
  const { steps, limits } = await ours.rehearse(input.steps, session, ours.knownOf(subject, undefined, options.postgres));
  for (const limit of limits) figures.limits.push({ file: input.file, limit });
  for (const step of steps) {
    if (!step.refused) continue;
    const { code, message } = step.refused;
    figures.refused.push({ file: input.file, line: lineOf(step), code, message, sql: step.statement.text.slice(0, 200) });
  }
  const { findings } = ours.toldOf(steps, { postgres_version: options.postgres }, subject);
  for (const finding of findings) {
    figures.findings[finding.rule] = (figures.findings[finding.rule] ?? 0) + 1;
    options.told?.({ input, finding, step: stepOf(steps, finding), steps });
  }
}

const lineOf = ({ statement: { source, start } }) => source.slice(0, start).split("\n").length;

const stepOf = (steps, { span }) =>
  steps.find(({ statement: { start, end } }) => span && start <= span.start && span.start < end) ?? steps[0];

const AROUND = 15;

/** What a reader needs who judges a finding. */
function asCase({ input, finding: { rule, severity, message, object, span, fix, evidence }, step, steps }) {
  const lines = input.sql.split("\n");
  const line = span?.line ?? lineOf(step);
  const last = line + step.statement.text.split("\n").length;
  return {
    ...{ file: input.file, line, rule, severity, message, object, fix, evidence },
    statement: step.statement.text,
    runner: input.notices,
    around: lines.slice(Math.max(0, line - 1 - AROUND), last + AROUND).join("\n"),
    number: `${step.number} of ${steps.length}`,
    in_transaction: step.inTransaction,
    effects: (step.effects ?? []).map(({ table, relation, ...effect }) => ({ ...effect, relation: `${relation}` })),
    tables: (step.effects ?? []).flatMap(({ table }) => (table ? [definitionOf(table)] : [])),
  };
}

function definitionOf({ schema, name, columns, constraints = [], indexes }) {
  const told = [
    ...columns.map(({ name, type, notNull, default: value }) =>
      [name, type, notNull ? "not null" : "", value ? `default ${value}` : ""].filter(Boolean).join(" "),
    ),
    ...constraints.map(({ name, definition }) => `constraint ${name} ${definition}`),
  ];
  return [
    `table ${schema}.${name} (\n  ${told.join(",\n  ")}\n)`,
    ...indexes.map((index) => index.definition ?? `index ${index.name}`),
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: Object.fromEntries(
      ["runner", "in-transaction", "postgres", "product", "commit", "root", "findings"].map((name) => [name, { type: "string" }]),
    ),
  });
  const [folder] = positionals;
  const nameOf = (file) => relative(values.root ?? folder, file);
  const { product, commit } = values;
  const told =
    values.findings &&
    ((found) => {
      const one = asCase(found);
      appendFileSync(values.findings, `${JSON.stringify({ product, commit, ...one, file: nameOf(one.file) })}\n`);
    });
  const wrapped = values["in-transaction"];
  const figures = await rehearseProduct(folder, {
    runner: values.runner,
    inTransaction: wrapped === undefined ? undefined : wrapped === "true",
    postgres: values.postgres === undefined ? undefined : Number(values.postgres),
    told,
  });
  const rules = Object.fromEntries(Object.entries(figures.findings).sort(([, a], [, b]) => b - a));
  process.stdout.write(`${JSON.stringify({ product, ...figures, findings: rules }, null, 1)}\n`);
  process.exit(0);
}
