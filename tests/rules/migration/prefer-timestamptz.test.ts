import { expect, test } from "vitest";
import rule from "../../../src/rules/migration/prefer-timestamptz.ts";
import { sharedEmbedded } from "../../postgres/embedded.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "create table visits (seen_at timestamp default now())",
      at: "seen_at",
      severity: "info",
      object: "visits.seen_at",
      message:
        "seen_at of visits is timestamp without time zone: it does not say which moment it means, and now() becomes another value in it under another TimeZone.",
      fix: null,
    },
    "create table visits (seen_at timestamp(3) without time zone)",
    "alter table app.visits alter column seen_at type timestamp",
    "alter table visits add column times timestamp[]",
  ],
  good: [
    "create table visits (seen_at timestamptz, left_at timestamp with time zone, at timestamptz(3))",
    "create table visits (day date, opens time)",
    "create temp table kept (at timestamp)",
    "alter table visits alter column seen_at set default localtimestamp",
  ],
});

test("the same moment is another timestamp under another TimeZone", async () => {
  const database = await sharedEmbedded();
  const { rows } = await database.query<{ a: string; b: string }>(
    "select ('2026-01-01 12:00+00'::timestamptz at time zone 'UTC')::text as a, ('2026-01-01 12:00+00'::timestamptz at time zone 'Asia/Tokyo')::text as b",
  );
  expect(rows).toEqual([{ a: "2026-01-01 12:00:00", b: "2026-01-01 21:00:00" }]);
});
