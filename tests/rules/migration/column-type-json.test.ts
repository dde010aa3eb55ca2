import { expect, test } from "vitest";
import rule from "../../../src/rules/migration/column-type-json.ts";
import { sharedEmbedded } from "../../postgres/embedded.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "create table events (id bigint, body json)",
      at: "body",
      severity: "info",
      object: "events.body",
      message:
        "body of events is json, which has no equality: DISTINCT, GROUP BY and UNION over it fail, and no index helps to look into it, as it does with jsonb.",
      fix: null,
    },
    "alter table events add column bodies json[]",
    "alter table events alter column body type json using body::json",
  ],
  good: [
    "create table events (body jsonb)",
    "create table events (json text)",
    "create temp table kept (body json)",
    "alter table events alter column body type jsonb using body::jsonb",
    "select '{}'::json",
  ],
});

test("json cannot be told apart", async () => {
  const database = await sharedEmbedded();
  await expect(database.query("select distinct body from (values ('{}'::json)) t (body)")).rejects.toThrow(
    "could not identify an equality operator for type json",
  );
});
