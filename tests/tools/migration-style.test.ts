import { expect, test } from "vitest";
import { connectOnce } from "./client.ts";

async function rulesFor(given: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const client = await connectOnce(undefined);
  const { structuredContent } = await client.callTool({
    name: "migration_checklist",
    arguments: { sql: "create table public.visits (id int primary key, at timestamp not null)", ...given },
  });
  return (structuredContent as { findings: readonly { rule: string }[] }).findings.map(({ rule }) => rule);
}

test("rules of style are asked only where somebody wants them, with a schema and without", async () => {
  const schema_sql = "create table orders (id bigint primary key);";
  expect(await rulesFor({})).not.toContain("migration/prefer-timestamptz");
  expect(await rulesFor({ schema_sql })).not.toContain("migration/prefer-timestamptz");
  const wanted = ["migration/prefer-bigint", "migration/prefer-timestamptz"];
  expect(await rulesFor({ style: true })).toEqual(expect.arrayContaining(wanted));
  expect(await rulesFor({ style: true, schema_sql })).toEqual(expect.arrayContaining(wanted));
});
