import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, textOf } from "./client.ts";
import { liveShop } from "./shop.ts";

const folder = mkdtempSync(join(tmpdir(), "rules-"));
const file = join(folder, "backend-db-mcp.json");
afterAll(() => rmSync(folder, { recursive: true }));

let environment: Record<string, string>;
beforeAll(async () => {
  environment = { DATABASE_URL: (await liveShop(18)).url };
}, 120_000);

async function ask(name: string, asked: Record<string, unknown>, rules: object) {
  writeFileSync(file, JSON.stringify({ rules }));
  const client = await connect({ environment, args: ["--config", file] });
  return client.callTool({ name, arguments: asked });
}

interface Answer {
  readonly verdict: string;
  readonly findings: readonly { readonly rule: string; readonly severity: string; readonly object?: string }[];
  readonly rules: unknown;
  readonly suppressed: unknown;
}

test("a schema's findings are turned off and graded by rule and object, and what is off is counted", async () => {
  const answer = await ask(
    "review_schema",
    {},
    {
      "schema/foreign-key-unindexed": { "order_items.order_items_product_id_fkey": "off", "*": "error" },
      "schema/missing-foreign-key-candidate": "off",
      "schema/partition-missing-next": "info",
    },
  );
  const { verdict, findings, rules, suppressed } = answer.structuredContent as unknown as Answer;
  expect(findings.map(({ rule, severity, object }) => [rule, severity, object])).toEqual([
    ["schema/foreign-key-unindexed", "error", "orders.orders_customer_id_fkey"],
    ["schema/foreign-key-unindexed", "error", "customers.customers_referred_by_fkey"],
    ["schema/partition-missing-next", "info", "events"],
  ]);
  expect(rules).toEqual([
    { rule: "schema/foreign-key-unindexed", severity: "error", findings: 2 },
    { rule: "schema/partition-missing-next", severity: "info", findings: 1 },
  ]);
  expect(verdict).toBe("Verdict: block, 2 errors, 1 info.");
  expect(suppressed).toEqual([
    { rule: "schema/foreign-key-unindexed", findings: 1, reason: `off in ${file}` },
    { rule: "schema/missing-foreign-key-candidate", findings: 1, reason: `off in ${file}` },
  ]);
  expect(textOf(answer)).toContain(`Suppressed: schema/foreign-key-unindexed (1, off in ${file}); schema/missing-`);
});

test("so are those of a server", async () => {
  const off = await ask("check_health", { checks: ["settings", "backups"] }, { "health/settings-timeouts-missing": "off" });
  const { findings, suppressed } = off.structuredContent as unknown as Answer;
  expect(findings.map(({ rule }) => rule)).not.toContain("health/settings-timeouts-missing");
  expect(suppressed).toEqual([{ rule: "health/settings-timeouts-missing", findings: expect.any(Number), reason: `off in ${file}` }]);
});

test("and those of a migration, as by check", async () => {
  const sql = "create index on orders (note);";
  const on = await ask("migration_checklist", { sql, schema_sql: "create table orders (note text)" }, {});
  expect(on.structuredContent).toMatchObject({ findings: [{ rule: "migration/create-index-not-concurrent" }] });
  const off = await ask(
    "migration_checklist",
    { sql, schema_sql: "create table orders (note text)" },
    { "migration/create-index-not-concurrent": "off" },
  );
  expect(off.structuredContent).toMatchObject({ findings: [], suppressed: { findings: [{ object: "orders", reason: `off in ${file}` }] } });
});

test("a rule that is none is told by name, where it is needed and not at the start", async () => {
  const answer = await ask("review_schema", {}, { "schema/foreign-key-unindxed": "off" });
  expect(answer.isError).toBe(true);
  expect(textOf(answer)).toContain("there is no rule schema/foreign-key-unindxed of migrations, schemas or health");
  expect(textOf(answer)).toContain("the nearest is schema/foreign-key-unindexed");
});
