// Schemas of real products, reviewed as text by the built server as a client calls it. The products are not part of this repository.
//
//   npm run -s build && node bench/schemas.mjs PATH... [--product name --commit id --findings file.jsonl]
//     PATH        a structure file, or a folder of migrations; several are one schema
//     --findings  a line for each finding
import { appendFileSync, readFileSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { bundled } from "./bundled.mjs";
import { startServer } from "./child.mjs";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { product: { type: "string" }, commit: { type: "string" }, findings: { type: "string" } },
});
const ours = await bundled(
  `export { schemaOf } from "./src/tools/history-text.ts"; export { migrationsIn } from "./src/tools/migration-files.ts";`,
);

async function textOf(path) {
  if (!statSync(path).isDirectory()) return readFileSync(path, "utf8");
  return ours.schemaOf(undefined, await ours.migrationsIn([path]));
}

const texts = [];
for (const path of positionals) texts.push(await textOf(path));
const server = await startServer([process.execPath, new URL("../dist/index.js", import.meta.url).pathname]);
const before = server.usage().cpu;
const schema_sql = texts.join("\n;\n");
const { isError, content, structuredContent } = await server.call("review_schema", {
  schema_sql,
  limit: 1000,
  response_format: "detailed",
});
const cpu_ms = server.usage().cpu - before;
await server.stop();
if (isError) throw new Error(content[0].text);

const { verdict, examined, findings, limits } = structuredContent;
const { product, commit } = values;
if (values.findings !== undefined) {
  for (const { rule, severity, message, object, fix } of findings)
    appendFileSync(values.findings, `${JSON.stringify({ product, commit, rule, severity, message, object, fix })}\n`);
}
process.stdout.write(`${JSON.stringify({ product, cpu_ms, verdict, examined, findings: findings.length, limits }, null, 2)}\n`);
