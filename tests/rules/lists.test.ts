import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { migrationRules } from "../../src/rules/migration-rules.ts";
import { planRules } from "../../src/rules/plan-rules.ts";
import { queryRules } from "../../src/rules/query-rules.ts";
import { schemaRules } from "../../src/rules/schema-rules.ts";

const lists: Record<string, readonly { readonly id: string }[]> = {
  migration: migrationRules,
  plan: planRules,
  query: queryRules,
  schema: schemaRules,
};
const folder = new URL("../../src/rules/", import.meta.url);
const kinds = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

test.each(kinds)("every %s rule is in its list once, in the order of the files, under the name of its file", (kind) => {
  const files = readdirSync(new URL(`${kind}/`, folder)).sort();
  expect(lists[kind]?.map((rule) => rule.id)).toEqual(files.map((file) => `${kind}/${file.replace(/\.ts$/, "")}`));
});
