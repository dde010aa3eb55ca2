import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

/** What each room of `src/` may import: other rooms first, then packages. `type:` admits types only. Nothing else. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  index: ["commands", "config", "redact", "error"],
  demo: ["@electric-sql/pglite", "@electric-sql/pglite-socket", "@modelcontextprotocol/client"],
  commands: [
    "server",
    "runtime",
    "http",
    "tools",
    "views",
    "twin",
    "catalog",
    "config",
    "sql",
    "redact",
    "error",
    "@modelcontextprotocol/server",
  ],
  server: [
    "type:runtime",
    "tools",
    "views",
    "type:knowledge",
    "type:config",
    "type:database",
    "redact",
    "error",
    "type:finding",
    "@modelcontextprotocol/server",
  ],
  runtime: ["tools", "views", "prompts", "knowledge", "config", "catalog", "database", "twin", "error"],
  http: ["type:config", "redact", "error", "@modelcontextprotocol/server"],
  config: ["type:database", "error", "zod"],
  tools: [
    "rules",
    "rewrites",
    "reach",
    "rls",
    "compare",
    "prepared",
    "remedies",
    "maturity",
    "normal-forms",
    "volume",
    "workload",
    "indexes",
    "knowledge",
    "migration",
    "twin",
    "catalog",
    "plan",
    "sql",
    "type:database",
    "finding",
    "error",
    "zod",
  ],
  views: ["type:tools", "type:finding"],
  prompts: ["knowledge", "error"],
  rules: ["sql", "finding", "type:catalog", "type:migration", "type:plan", "type:workload", "type:@pgsql/types"],
  maturity: ["indexes", "type:catalog", "sql"],
  "normal-forms": ["rewrites", "twin", "type:catalog", "sql"],
  volume: ["twin", "type:catalog", "sql"],
  workload: ["indexes", "catalog", "sql"],
  rewrites: ["indexes", "twin", "type:catalog", "plan", "sql", "type:@pgsql/types"],
  reach: ["type:catalog", "type:plan", "sql"],
  rls: ["rewrites", "twin", "type:catalog", "sql", "type:@pgsql/types"],
  compare: ["catalog", "type:twin", "sql", "type:error"],
  remedies: ["type:catalog", "indexes", "twin", "plan", "sql"],
  prepared: ["type:catalog", "twin", "plan", "sql", "finding", "type:@pgsql/types"],
  indexes: ["twin", "catalog", "plan", "sql", "type:finding", "error", "type:@pgsql/types"],
  knowledge: ["error", "gray-matter", "minisearch"],
  migration: ["catalog", "type:database", "sql", "error", "type:@pgsql/types"],
  twin: ["catalog", "sql", "type:database", "error", "@electric-sql/pglite", "@electric-sql/pglite-pgvector"],
  catalog: ["type:database", "error"],
  plan: ["sql", "error"],
  database: ["sql", "redact", "error", "pg", "type:@pgsql/types"],
  sql: ["type:finding", "error", "libpg-query", "type:@pgsql/types"],
  finding: ["zod"],
  redact: ["error"],
  error: [],
};

const source = join(import.meta.dirname, "..", "src");
const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const roomOf = (file: string) => file.replace(/\.ts$/, "").split("/")[0] ?? "";

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

/** `import … from "x"`, `export … from "x"`, `import "x"` and `import("x")`. */
function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(source, file), "utf8").replaceAll(/^\s*(\/?\*|\/\/).*$/gm, "");
  const named = text.matchAll(/^\s*(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm);
  const dynamic = text.matchAll(/(typeof\s+)?\bimport\(\s*"([^"]+)"/g);
  return [...named, ...dynamic].map(([, type, target = ""]) => ({ file, target: targetOf(file, target), typeOnly: type !== undefined }));
}

/** A room for what is ours, the name of the package for what is not. */
function targetOf(file: string, target: string): string {
  if (target.startsWith(".")) return roomOf(relative(source, join(source, dirname(file), target)));
  return target
    .split("/")
    .slice(0, target.startsWith("@") ? 2 : 1)
    .join("/");
}

const imports = files.flatMap(importsOf).filter(({ target }) => !target.startsWith("node:"));

test("every room imports only what stands below it", () => {
  const wrong = imports.filter(({ file, target, typeOnly }) => {
    const room = roomOf(file);
    const allowed = mayImport[room] ?? [];
    return target !== room && !allowed.includes(target) && !(typeOnly && allowed.includes(`type:${target}`));
  });
  expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
});

test("the table has a line for every room and no line for none", () => {
  expect(Object.keys(mayImport).sort()).toEqual([...new Set(files.map(roomOf))].sort());
});

test("the table allows nothing that nobody uses", () => {
  const used = new Set(imports.map(({ file, target }) => `${roomOf(file)} ${target}`));
  const idle = Object.entries(mayImport).flatMap(([room, allowed]) =>
    allowed.filter((target) => !used.has(`${room} ${target.replace("type:", "")}`)).map((target) => `${room}: ${target}`),
  );
  expect(idle).toEqual([]);
});

test("a rule imports no other rule", () => {
  const rules = files.filter((file) => /^rules\/.+\//.test(file));
  const siblings = rules.flatMap((file) =>
    [...readFileSync(join(source, file), "utf8").matchAll(/from "(\.\/[^"]+|\.\.\/(?:query|plan|schema|migration)\/[^"]+)"/g)].map(
      ([, target]) => `${file} imports ${target}`,
    ),
  );
  expect(siblings).toEqual([]);
});

test("only config.ts reads the environment and the arguments", () => {
  const readers = files.filter((file) => /process\.(env|argv)\b/.test(readFileSync(join(source, file), "utf8")));
  expect(readers).toEqual(["config.ts"]);
});

test("nothing heavy is imported before it is used", () => {
  const heavy = ["pg", "@electric-sql/pglite", "libpg-query", "gray-matter", "minisearch"];
  const eager = files
    .filter((file) => file !== "demo.ts" && file !== "twin/template.ts")
    .flatMap((file) => {
      const text = readFileSync(join(source, file), "utf8");
      const named = text.matchAll(/^\s*import\s+(?!type\b)(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm);
      return Array.from(named, ([, target = ""]) => target)
        .filter((target) => heavy.some((name) => target === name || target.startsWith(`${name}/`)))
        .map((target) => `${file}: ${target}`);
    });
  expect(eager).toEqual([]);
});

test("files stay short and no folder is a drawer for leftovers", () => {
  const long = files.filter((file) => readFileSync(join(source, file), "utf8").split("\n").length > 300);
  const drawers = files.filter((file) =>
    /(^|\/)(utils?|helpers?|lib|common|shared|types|constants|services|managers)(\/|\.ts$)/.test(file),
  );
  expect([...long, ...drawers]).toEqual([]);
});
