import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { healthRules } from "../../src/rules/health-rules.ts";
import { migrationRules } from "../../src/rules/migration-rules.ts";
import { migrationStyleRules } from "../../src/rules/migration-style-rules.ts";
import { planRules } from "../../src/rules/plan-rules.ts";
import { queryRules } from "../../src/rules/query-rules.ts";
import { queryUsageRules } from "../../src/rules/query-usage-rules.ts";
import { schemaRules } from "../../src/rules/schema-rules.ts";

/** Of a kind, every list. */
const lists: Record<string, readonly (readonly { readonly id: string }[])[]> = {
  health: Object.values(healthRules),
  migration: [migrationRules, migrationStyleRules],
  plan: [planRules],
  query: [queryRules, queryUsageRules],
  schema: [schemaRules],
};
const folder = new URL("../../src/rules/", import.meta.url);
const kinds = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

test.each(kinds)("every %s rule is in one list once, in the order of the files, under the name of its file", (kind) => {
  const files = readdirSync(new URL(`${kind}/`, folder)).sort();
  const ids = (lists[kind] ?? []).map((list) => list.map((rule) => rule.id));
  const inOrder = files.map((file) => `${kind}/${file.replace(/\.ts$/, "")}`);
  expect(ids.flat().sort()).toEqual(inOrder.toSorted());
  for (const list of ids) expect(list).toEqual(inOrder.filter((id) => list.includes(id)));
});
