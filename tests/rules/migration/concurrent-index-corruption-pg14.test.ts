import { expect, test } from "vitest";
import rule from "../../../src/rules/migration/concurrent-index-corruption-pg14.ts";
import { run } from "../../../src/rules/rule.ts";
import { readSteps } from "../migration-steps.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  postgres: 14,
  bad: [
    {
      sql: "create index concurrently on users (name)",
      severity: "warning",
      object: "CREATE INDEX CONCURRENTLY",
      message:
        "In PostgreSQL 14.0 to 14.3, CREATE INDEX CONCURRENTLY can leave out rows that are updated while it runs, and queries by that index then miss them. From 14.4 on it is mended.",
      fix: null,
    },
    { sql: "reindex (concurrently) index users_name_idx", object: "REINDEX CONCURRENTLY" },
    "reindex table concurrently users",
  ],
  good: [
    "create index on users (name)",
    "reindex index users_name_idx",
    "drop index concurrently users_name_idx",
    "reindex (concurrently false) index a",
  ],
});

const findingsOn = async (versionNumber: number, postgres: number | undefined) => {
  const [step] = await readSteps("create index concurrently on users (name)", false);
  const found = {
    grants: [],
    defaultGrants: [],
    publications: [],
    open: [],
    slots: [],
    standbys: [],
    capacity: undefined,
    functions: [],
    guarded: [],
    versionNumber,
  };
  return step ? run([rule], { ...step, found }, postgres) : [];
};

test("a server that is known to be 14.3 may be corrupted, one that is known to be 14.4 may not", async () => {
  expect(await findingsOn(140_003, 14)).toMatchObject([
    { severity: "error", message: expect.stringContaining("update to 14.4 or later first") },
  ]);
  expect(await findingsOn(140_004, 14)).toEqual([]);
});

test("the version of the twin says nothing of a server that is said to be 14", async () => {
  expect(await findingsOn(180_006, 14)).toMatchObject([{ severity: "warning" }]);
});

test("a server of which nobody knows the version is taken for one that still gets updates", async () => {
  expect(await findingsOn(180_006, undefined)).toEqual([]);
  expect(await findingsOn(150_001, 15)).toEqual([]);
});
