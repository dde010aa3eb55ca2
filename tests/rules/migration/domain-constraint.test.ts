import { expect, test } from "vitest";
import rule from "../../../src/rules/migration/domain-constraint.ts";
import { sharedEmbedded } from "../../postgres/embedded.ts";
import { testMigrationRule } from "../migration-test.ts";

testMigrationRule(rule, {
  bad: [
    {
      sql: "create domain app.email as text check (value like '%@%')",
      severity: "info",
      object: "app.email",
      message:
        "Whatever is to be checked otherwise later is changed for all columns of app.email at once: Postgres then reads every table that has one, under a SHARE lock that blocks writes.",
      fix: null,
    },
    "create domain amount as numeric(15,5) check (value > 0) not null",
    "create domain name as text not null",
    {
      sql: "alter domain email add constraint short check (length(value) < 100)",
      object: "email",
      message: "This reads every table with a column of email, under a SHARE lock that blocks every write to it.",
    },
    "alter domain email set not null",
  ],
  good: [
    "create domain email as text",
    "create domain email as text default ''",
    'create domain email as text collate "C"',
    "alter domain email add constraint short check (length(value) < 100) not valid",
    "alter domain email drop constraint short",
    "alter domain email set default ''",
    "alter domain email drop not null",
    "create table users (email text check (email like '%@%'))",
  ],
});

test("a constraint that a domain gets takes a SHARE lock on the tables that use it", async () => {
  const database = await sharedEmbedded();
  await database.exec("create domain email as text; create table users (address email)");
  const { rows } = await database.transaction(async (transaction) => {
    await transaction.exec("alter domain email add constraint short check (length(value) < 100)");
    const locks = await transaction.query("select mode from pg_locks where relation = 'users'::regclass");
    await transaction.rollback();
    return locks;
  });
  expect(rows).toEqual([{ mode: "ShareLock" }]);
});
