import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { healthRules } from "../../src/rules/health-rules.ts";
import { migrationRules } from "../../src/rules/migration-rules.ts";
import { migrationStyleRules } from "../../src/rules/migration-style-rules.ts";
import { planRules } from "../../src/rules/plan-rules.ts";
import { queryRules } from "../../src/rules/query-rules.ts";
import { queryUsageRules } from "../../src/rules/query-usage-rules.ts";
import { schemaRules } from "../../src/rules/schema-rules.ts";
import { listed } from "../../src/tools/listed.ts";

/** What programs may rely on within a major version. `RELEASE=1 npx vitest run tests/published` writes it when a version is published. */
interface Published {
  readonly version: string;
  readonly rules: readonly string[];
  /** Of each tool's arguments and answers: the path of a value, its type, and `!` where it is always there (or must be given). */
  readonly arguments: Readonly<Record<string, readonly string[]>>;
  readonly answers: Readonly<Record<string, readonly string[]>>;
}

const file = new URL("last.json", import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly string[];
}

function* pathsOf(schema: Schema, path = ""): Iterable<string> {
  for (const [name, value] of Object.entries(schema.properties ?? {})) {
    const at = path === "" ? name : `${path}.${name}`;
    yield `${at}: ${value.type ?? "any"}${schema.required?.includes(name) ? "!" : ""}`;
    for (const choice of value.enum ?? []) yield `${at} = ${choice}`;
    yield* pathsOf(value, at);
  }
  if (schema.items) {
    for (const choice of schema.items.enum ?? []) yield `${path}[] = ${choice}`;
    yield* pathsOf(schema.items, `${path}[]`);
  }
}

const rules = [
  ...migrationRules,
  ...migrationStyleRules,
  ...queryRules,
  ...queryUsageRules,
  ...planRules,
  ...schemaRules,
  ...Object.values(healthRules).flat(),
];

const now: Published = {
  version,
  rules: [...new Set(rules.map(({ id }) => id))].sort(),
  arguments: Object.fromEntries(listed.map(({ name, input }) => [name, [...pathsOf(input as Schema)]])),
  answers: Object.fromEntries(listed.map(({ name, output }) => [name, [...pathsOf(output as Schema)]])),
};

if (process.env.RELEASE !== undefined) writeFileSync(file, `${JSON.stringify(now, null, 2)}\n`);
const last = JSON.parse(readFileSync(file, "utf8")) as Published;
const isSameMajor = last.version.split(".")[0] === version.split(".")[0];

test.runIf(isSameMajor)("no rule that was published is gone", () => {
  expect(last.rules.length).toBeGreaterThan(100);
  expect(last.rules.filter((id) => !now.rules.includes(id))).toEqual([]);
});

test.runIf(isSameMajor).each(Object.keys(last.answers))("%s answers and takes what it did when it was published", (tool) => {
  const gone = (before: readonly string[] = [], after: readonly string[] = []) => before.filter((path) => !after.includes(path));
  expect(gone(last.answers[tool], now.answers[tool])).toEqual([]);
  // An argument that was optional may not be demanded, nor one that was taken be refused.
  expect(gone(last.arguments[tool], now.arguments[tool])).toEqual([]);
  const demanded = now.arguments[tool]?.filter((path) => path.endsWith("!") && !last.arguments[tool]?.includes(path));
  expect(demanded).toEqual([]);
});
