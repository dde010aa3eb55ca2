import { expect, test } from "vitest";
import rule from "../../../src/rules/migration/add-column-default-rewrite-pre11.ts";
import { run } from "../../../src/rules/rule.ts";
import { readSteps } from "../migration-steps.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  postgres: 10,
  bad: [
    {
      sql: "alter table users add column nice boolean default true",
      at: "add column nice boolean default true",
      severity: "error",
      object: "users.nice",
      message:
        "Before PostgreSQL 11, adding nice with a default rewrites users and its indexes under an ACCESS EXCLUSIVE lock that blocks every read and write.",
      fix: null,
    },
    "alter table users add column at timestamptz not null default now()",
    "alter table users add column a int, add column b int default 0",
  ],
  good: [
    "alter table users add column nice boolean",
    "alter table users add column nice boolean default null",
    "alter table users add column note text default null::text",
    "alter table users add column nice boolean; alter table users alter column nice set default true",
    "create table users (id int); alter table users add column nice boolean default true",
    "create table users (nice boolean default true)",
    // In every version, which is told by another rule.
    "alter table users add column token uuid default gen_random_uuid()",
  ],
});

test("from PostgreSQL 11 on a constant default is a matter of the catalog", async () => {
  const [step] = await readSteps("alter table users add column nice boolean default true", false);
  for (const version of [11, 18, undefined]) expect(step && run([rule], step, version)).toEqual([]);
});
